import type { CountOrPercent, PullRequestOptions } from "@lockstep/shared/config";
import type { CategoryChange } from "@lockstep/shared/contracts";
import { PermanentError } from "@lockstep/shared/runtime";
import { Cron } from "croner";

type Guarded = Pick<CategoryChange, "category" | "baseRecords" | "baseCounts">;
type GuardOptions = Pick<PullRequestOptions, "minChanges" | "maxDeletions" | "maxOpen" | "perHour" | "schedule">;

export interface GuardQuestion {
  /** `open` makes a pull request appear, `update` changes what an open one contains. */
  readonly kind: "open" | "update";
  /** A pull request of ours is open for this target: then `minChanges` was reached once. */
  readonly ownOpen: boolean;
  readonly options: GuardOptions;
  /** What the pull request carries. */
  readonly changes: readonly Guarded[];
  /** All changes of the target, for `minChanges`. */
  readonly targetChanges: readonly Guarded[];
  /** A person allowed the deletions of this content. */
  readonly deletionsAllowed: boolean;
  /** Other pull requests of this target that are open. */
  readonly openOthers: number;
  /** When pull requests of this target were opened, in milliseconds since the epoch. */
  readonly openedAt: readonly number[];
  readonly now: number;
}

/** Why something is not done now. */
export type Guard =
  /** Nothing to tell anybody: there is simply not enough yet. */
  | { readonly kind: "wait-for-more"; readonly reason: string }
  /** A person must look (I7). */
  | { readonly kind: "needs-person"; readonly code: "DELETIONS_HELD"; readonly reason: string }
  /** Goes on by itself at `laterMs`. */
  | { readonly kind: "too-early"; readonly code: LimitCode; readonly reason: string; readonly laterMs: number };

type LimitCode = "MAX_OPEN" | "PER_HOUR" | "OUTSIDE_SCHEDULE";

/** Decides whether a guard or a limit stands before a write; the deletion guard first, because it needs a person. Pure. */
export function decideGuards(question: GuardQuestion): Guard | undefined {
  return (
    (question.ownOpen ? undefined : tooFew(question)) ??
    tooManyDeletions(question) ??
    (question.kind === "open" ? (tooManyOpen(question) ?? tooManyThisHour(question)) : undefined) ??
    outsideSchedule(question)
  );
}

function tooFew({ targetChanges, options }: GuardQuestion): Guard | undefined {
  const changes = sum(targetChanges, ({ baseCounts: { added, removed, modified } }) => added + removed + modified);
  if (changes >= options.minChanges) return undefined;
  return { kind: "wait-for-more", reason: `${changes} of the ${options.minChanges} changes that minChanges asks for` };
}

/** Fewer deletions than this are never held, whatever the share (spec: catalog). */
const alwaysAllowed = 5;

/**
 * Both each category and all of them together are judged: a category that empties must not hide among large ones, nor
 * many small ones add up unseen. A category that would be empty afterwards is held however small it was (I7).
 */
function tooManyDeletions({ changes, options, deletionsAllowed }: GuardQuestion): Guard | undefined {
  if (deletionsAllowed) return undefined;
  const emptied = changes.find(({ baseRecords, baseCounts: { added, removed } }) => {
    return removed > 0 && removed >= baseRecords && added === 0;
  });
  if (emptied !== undefined) return held(`all ${emptied.baseRecords} records of ${emptied.category}`);
  const removed = sum(changes, ({ baseCounts }) => baseCounts.removed);
  const records = sum(changes, ({ baseRecords }) => baseRecords);
  const share = changes.find((change) => change.baseCounts.removed > limitOf(options.maxDeletions, change.baseRecords));
  if (share !== undefined)
    return held(`${share.baseCounts.removed} of ${share.baseRecords} records of ${share.category}`);
  if (removed > limitOf(options.maxDeletions, records)) return held(`${removed} of ${records} records`);
  return undefined;
}

function limitOf(limit: CountOrPercent, records: number): number {
  return Math.max(alwaysAllowed, "count" in limit ? limit.count : (records * limit.percent) / 100);
}

function held(what: string): Guard {
  const reason = `${what} would be deleted, more than maxDeletions allows`;
  return { kind: "needs-person", code: "DELETIONS_HELD", reason };
}

/** A merge or a closing makes room, and causes a run of its own where it is seen; this is how often we look. */
const lookForRoomMs = 10 * 60_000;

function tooManyOpen({ options: { maxOpen }, openOthers, now }: GuardQuestion): Guard | undefined {
  if (maxOpen === undefined || openOthers < maxOpen) return undefined;
  const reason = `${openOthers} pull requests are open, as many as maxOpen allows`;
  return { kind: "too-early", code: "MAX_OPEN", reason, laterMs: now + lookForRoomMs };
}

const hourMs = 3_600_000;

function tooManyThisHour({ options: { perHour }, openedAt, now }: GuardQuestion): Guard | undefined {
  if (perHour === undefined) return undefined;
  const recent = openedAt.filter((at) => at > now - hourMs).toSorted((one, other) => one - other);
  const oldest = recent.at(-perHour);
  if (oldest === undefined) return undefined;
  const reason = `${recent.length} pull requests were opened within an hour, as many as perHour allows`;
  return { kind: "too-early", code: "PER_HOUR", reason, laterMs: oldest + hourMs };
}

/** Inside of any window: now. Outside of all: at the next beginning of one. */
function outsideSchedule({ options: { schedule }, now }: GuardQuestion): Guard | undefined {
  if (schedule === undefined || schedule.length === 0) return undefined;
  const begins = schedule.map((window) => beginOfWindow(window, now));
  if (begins.some((begin) => begin <= now)) return undefined;
  const laterMs = Math.min(...begins);
  if (!Number.isFinite(laterMs)) throw badSchedule(schedule.map(({ cron }) => cron).join(", "), "it never comes");
  const reason = `outside of the schedule; the next window begins ${new Date(laterMs).toISOString()}`;
  return { kind: "too-early", code: "OUTSIDE_SCHEDULE", reason, laterMs };
}

type Window = NonNullable<GuardOptions["schedule"]>[number];

/** The first beginning whose window has not ended; in the past if we are inside of it. */
function beginOfWindow({ cron, duration, timeZone }: Window, now: number): number {
  try {
    const next = new Cron(cron, { timezone: timeZone, paused: true }).nextRun(new Date(now - duration));
    return next?.getTime() ?? Number.POSITIVE_INFINITY;
  } catch (error) {
    throw badSchedule(cron, error instanceof Error ? error.message : String(error));
  }
}

function badSchedule(cron: string, why: string): PermanentError {
  return new PermanentError("SCHEDULE_INVALID", `pullRequest.schedule cannot be read: ${cron}: ${why}`, {
    hint: "cron takes five fields (minute hour day month weekday), timeZone a name such as Europe/Berlin",
  });
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
