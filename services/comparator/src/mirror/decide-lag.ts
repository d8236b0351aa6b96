import type { ChangeDetected } from "@lockstep/shared/contracts";

export interface LagQuestion {
  readonly change: Pick<ChangeDetected, "announced" | "detectedAt">;
  readonly refs: ReadonlyMap<string, string>;
  /** What the source had when it was last compared; undefined the first time. */
  readonly before: ReadonlyMap<string, string> | undefined;
  readonly nowMs: number;
}

/** A host may say that it was pushed to before it serves what was pushed: for at most this long. */
const patienceMs = 30_000;
const pauseMs = 500;
const gone = /^0+$/;

/**
 * Whether the source is still as it was before its own webhook, and when to ask again (epoch ms). A ref that is
 * neither as before nor as announced was moved once more, which is as good. Pure.
 */
export function decideLag({ change, refs, before, nowMs }: LagQuestion): number | undefined {
  const { announced, detectedAt } = change;
  if (announced === undefined || before === undefined) return undefined;
  if (nowMs - Date.parse(detectedAt) >= patienceMs) return undefined;
  const wanted = gone.test(announced.object) ? undefined : announced.object;
  const served = refs.get(announced.ref);
  const isBehind = served !== wanted && served === before.get(announced.ref);
  return isBehind ? nowMs + pauseMs : undefined;
}
