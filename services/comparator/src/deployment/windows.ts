import { Cron } from "croner";
import type { TimeWindow } from "@lockstep/shared/config";
import { PermanentError } from "@lockstep/shared/runtime";

/**
 * When the next window begins, in epoch ms: not after `nowMs` inside of one, and `nowMs` where there are none.
 * Throws PermanentError `WINDOW_INVALID` for a cron that cannot be read or never comes.
 */
export function nextOpening(windows: readonly TimeWindow[] | undefined, nowMs: number): number {
  if (windows === undefined || windows.length === 0) return nowMs;
  const opening = Math.min(...windows.map((window) => beginOf(window, nowMs)));
  if (!Number.isFinite(opening)) throw invalid(windows.map(({ cron }) => cron).join(", "), "it never comes");
  return opening;
}

/** The first beginning whose window has not ended. */
function beginOf({ cron, duration, timeZone }: TimeWindow, nowMs: number): number {
  try {
    const next = new Cron(cron, { timezone: timeZone, paused: true }).nextRun(new Date(nowMs - duration));
    return next?.getTime() ?? Number.POSITIVE_INFINITY;
  } catch (error) {
    throw invalid(cron, error instanceof Error ? error.message : String(error));
  }
}

function invalid(cron: string, why: string): PermanentError {
  return new PermanentError("WINDOW_INVALID", `rollout.windows cannot be read: ${cron}: ${why}`, {
    hint: "cron takes five fields (minute hour day month weekday), timeZone a name such as Europe/Berlin",
  });
}
