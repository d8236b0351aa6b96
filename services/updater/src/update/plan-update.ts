import type { ComponentChange, DeploymentDiff, RunOptions } from "@lockstep/shared/contracts";

export type UpdatePlan =
  | { readonly kind: "blocked"; readonly reason: string }
  | { readonly kind: "faulty"; readonly code: string; readonly reason: string }
  | { readonly kind: "up-to-date"; readonly skipped: readonly string[] }
  | {
      readonly kind: "offer";
      readonly changes: readonly ComponentChange[];
      readonly skipped: readonly string[];
      readonly reason?: string;
    }
  | { readonly kind: "apply"; readonly changes: readonly ComponentChange[]; readonly skipped: readonly string[] };

export interface UpdateWish {
  /** What a person allowed, or nothing. */
  readonly options: RunOptions;
  /** The saved toggles. */
  readonly skipComponents: readonly string[];
  /** What is installed now: the diff may have been computed before that, or be delivered twice (I3). */
  readonly installed?: Readonly<Record<string, { readonly version: string | number | null; readonly hash: string }>>;
}

/** Decides what an installation does about a diff. Pure. */
export function planUpdate(diff: DeploymentDiff, { options, skipComponents, installed = {} }: UpdateWish): UpdatePlan {
  if (diff.blocked !== undefined) return { kind: "blocked", reason: diff.blocked.message };
  const fault = diff.faults.find(({ component }) => component === undefined);
  if (fault !== undefined) return { kind: "faulty", code: fault.code, reason: fault.message };
  const skip = new Set<string>(options.skipComponents ?? skipComponents);
  const only = options.components === undefined ? undefined : new Set<string>(options.components);
  const wanted = diff.components.filter(
    (change) => isWanted(change, options) && !isThere(change, installed[change.name]),
  );
  const isLeftOut = ({ name }: ComponentChange) => skip.has(name) || (only !== undefined && !only.has(name));
  const changes = wanted.filter((change) => !isLeftOut(change));
  const skipped = wanted.filter(isLeftOut).map(({ name }) => name);
  if (changes.length === 0) return { kind: "up-to-date", skipped };
  if (diff.action === "apply" || options.apply === true) return { kind: "apply", changes, skipped };
  return { kind: "offer", changes, skipped, ...(diff.reason === undefined ? {} : { reason: diff.reason }) };
}

function isThere({ to, object }: ComponentChange, installed: NonNullable<UpdateWish["installed"]>[string] | undefined) {
  return installed !== undefined && object !== null && installed.version === to && installed.hash === object.id;
}

/** Never lowered and never overwritten unless somebody says so. */
function isWanted({ state }: ComponentChange, options: RunOptions): boolean {
  switch (state) {
    case "update":
      return true;
    case "ahead":
      return options.allowDowngrade === true;
    case "drift":
      return options.reinstall === true;
    case "current":
    case "fault":
    case "removed":
      return false;
  }
}
