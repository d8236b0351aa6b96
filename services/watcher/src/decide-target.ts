import { createHash } from "node:crypto";
import { sooner, withJitter } from "./decide-due.ts";
import type { Failure } from "./decide-failure.ts";
import type { TargetCursor } from "./target-cursor.ts";

type Refs = Readonly<Record<string, string>>;

export type TargetDecision =
  /** There was nothing to compare with. */
  | { readonly kind: "baseline" }
  | { readonly kind: "unchanged" }
  /** `revision` stands for the refs as they are now. */
  | { readonly kind: "changed"; readonly revision: string };

/**
 * Compares a target's refs with those last seen. A merge moves the base, a closed pull request takes its branch away, a
 * person's commit moves it: each is a difference. What does not show here is a pull request that is closed, reopened
 * or retargeted while its branch stays: a webhook tells of it, or the next reconcile finds it. Pure.
 */
export function decideTarget(
  { refs, announcing }: Pick<TargetCursor, "refs" | "announcing">,
  now: Refs,
): TargetDecision {
  if (refs === undefined) return { kind: "baseline" };
  const revision = revisionOfRefs(now);
  if (announcing === undefined && revision === revisionOfRefs(refs)) return { kind: "unchanged" };
  return { kind: "changed", revision };
}

export interface RefNews {
  readonly ref: string;
  /** What it points to; undefined where it is gone. */
  readonly head: string | undefined;
}

/** Whether the same was seen or told before. Pure. */
export function isKnown({ refs, told }: Pick<TargetCursor, "refs" | "told">, { ref, head }: RefNews): boolean {
  return refs === undefined ? told !== undefined && told[ref] === (head ?? null) : refs[ref] === head;
}

/** A target that is never polled remembers as many refs: more than are open at a time. */
const mostTold = 50;

/**
 * The cursor after news of one ref whose event is stored: neither a poll nor another webhook need tell of it again.
 * Where a poll that never came to its end was about to tell of the very same, it is told with that. Pure.
 */
export function noteRef({ refs, told, announcing, ...cursor }: TargetCursor, news: RefNews): TargetCursor {
  const { ref, head } = news;
  const generation = cursor.generation + 1;
  if (refs === undefined) {
    const others = Object.entries(told ?? {}).filter(([other]) => other !== ref);
    const newest = [...others, [ref, head ?? null] as const].slice(-mostTold);
    return { ...cursor, generation, told: Object.fromEntries(newest) };
  }
  const { [ref]: _before, ...others } = refs;
  const next = head === undefined ? others : { ...others, [ref]: head };
  const isUnsaid = announcing !== undefined && announcing !== revisionOfRefs(next);
  return { ...cursor, generation, refs: next, ...(isUnsaid ? { announcing } : {}) };
}

function revisionOfRefs(refs: Refs): string {
  const lines = Object.entries(refs).map(([ref, oid]) => `${ref} ${oid}\n`);
  return createHash("sha256").update(lines.toSorted().join("")).digest("hex").slice(0, 32);
}

/** When a target is due, with an interval that may have been shortened since it was planned. Pure. */
export function targetDueAt({ nextLookAtMs, planned, failing }: TargetCursor, intervalMs: number): number {
  return failing === undefined ? sooner(nextLookAtMs, planned, intervalMs) : nextLookAtMs;
}

/** The cursor while a target is looked at: nobody else will before the next time. Pure. */
export function claimTarget(
  cursor: TargetCursor,
  intervalMs: number,
  now: { ms: number; random: number },
): TargetCursor {
  return {
    ...cursor,
    nextLookAtMs: withJitter(now.ms, intervalMs, now.random),
    planned: { atMs: now.ms, intervalMs },
  };
}

const longestPauseMs = 3_600_000;

interface Circumstances {
  readonly before: TargetCursor["failing"];
  readonly intervalMs: number;
  readonly nowMs: number;
  /** 0..1 */
  readonly random: number;
}

/**
 * What follows from a look that failed: the interval doubles up to an hour, because a forge that is away is away for
 * all of its hundred thousand targets. Nobody is told but the log: a target that a change meets is reported then. Pure.
 */
export function decideTargetFailure(
  failure: Failure,
  { before, intervalMs, nowMs, random }: Circumstances,
): { readonly failing: NonNullable<TargetCursor["failing"]>; readonly nextLookAtMs: number } {
  const count = (before?.count ?? 0) + 1;
  const longestMs = Math.max(intervalMs, longestPauseMs);
  const delayMs = Math.min(longestMs, intervalMs * 2 ** (count - 1)) * (0.75 + random / 4);
  return {
    failing: { count, code: failure.code },
    nextLookAtMs: Math.round(nowMs + Math.max(failure.retryAfterMs ?? 0, delayMs)),
  };
}
