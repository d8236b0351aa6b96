import type { DiffComputed } from "@lockstep/shared/contracts";
import type { Part } from "./plan-parts.ts";

export interface Naming {
  readonly mode: "update" | "replace";
  readonly diff: Pick<DiffComputed, "route" | "target" | "detectedAt">;
  /** Another target of the same route is in the same repository. */
  readonly shared: boolean;
}

/**
 * The branch of a part. `update`: `sync/<route>`, with `/<category>` where each has its own. Where a route has two
 * targets in one repository both carry their alias, `sync/<route>_<target>`: an underscore is in no route's name, so
 * it meets no other route's branch, and a slash would make a folder of a branch. `replace`: the classic
 * `sync/<category>/<YYYYMMDD-HHMMSS>` with the time of the cause, so that a retry meets its own branch (I3).
 */
export function branchName(part: Pick<Part, "category" | "changes">, { mode, diff, shared }: Naming): string {
  if (mode === "update") {
    const stem = stableStem(diff, shared);
    return part.category === undefined ? stem : `${stem}/${branchToken(part.category)}`;
  }
  const [only, ...others] = part.changes;
  const category = part.category ?? (others.length === 0 ? only?.category : undefined);
  return `sync/${category === undefined ? "multi-category" : branchToken(category)}/${stamp(diff.detectedAt)}`;
}

/** The names that the same target would use with `batch` the other way round: git cannot have both (I8). */
export function otherNames(part: Part, { mode, diff, shared }: Naming): readonly string[] {
  if (mode === "replace") return [];
  const stem = stableStem(diff, shared);
  if (part.category !== undefined) return [stem];
  return part.categories.map((category) => `${stem}/${branchToken(category)}`);
}

/** git keeps a branch as a file: one cannot be the folder of another. */
export function excludeEachOther(one: string, other: string): boolean {
  return one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}

/** Whether a branch that is named after its time may be this part's. */
export function isReplaceBranchOf(part: Pick<Part, "category">, branch: string): boolean {
  const token = part.category === undefined ? "[^/]+" : escapePattern(branchToken(part.category));
  return new RegExp(String.raw`^sync/${token}/\d{8}-\d{6}(-\d+)?$`).test(branch);
}

function stableStem({ route, target }: Naming["diff"], shared: boolean): string {
  return shared ? `sync/${route}_${target}` : `sync/${route}`;
}

/** A category as a part of a branch's name: git forbids two dots, a dot at the end and `.lock` there. */
function branchToken(category: string): string {
  return category.replaceAll(/\.(?=\.|$|lock$)/g, "-");
}

function stamp(instant: string): string {
  const [date = "", time = ""] = new Date(instant).toISOString().split("T");
  return `${date.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}`;
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.+?^${}()|[\]\\*]/g, String.raw`\$&`);
}
