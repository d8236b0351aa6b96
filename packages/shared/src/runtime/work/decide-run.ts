import type { Attempts, Watermark } from "./progress.ts";

/** What was read under the lease. Sequences of the queue for `queueSeq`, of EVENTS for `seq`. */
export interface Situation {
  readonly newest: { readonly queueSeq: number; readonly seq: number } | undefined;
  /** Sequence in the queue of the delivery in hand; absent where a sibling is looked at. */
  readonly inHand: number | undefined;
  /** Creation time of EVENTS: a watermark of another stream says nothing. */
  readonly created: string;
  readonly watermark: Watermark | undefined;
  readonly attempts: Attempts | undefined;
  readonly nowMs: number;
}

export type RunDecision =
  /** Nothing waits: everything that was asked for is done. */
  | { readonly kind: "done" }
  /** The read was older than the delivery: read again. */
  | { readonly kind: "reread" }
  /** A failed try waits for its time, or the content for a schedule. */
  | { readonly kind: "wait"; readonly delayMs: number }
  | { readonly kind: "run"; readonly attempt: number };

/** Decides what to do about a key, steps 5 and 6 of the loop (spec: bus). Pure. */
export function decideRun(situation: Situation): RunDecision {
  const { newest, inHand, created, watermark, attempts, nowMs } = situation;
  if (newest === undefined) return { kind: "done" };
  if (inHand !== undefined && newest.queueSeq < inHand) return { kind: "reread" };
  const done = watermark?.created === created ? watermark.seq : 0;
  if (newest.seq <= done) return { kind: "done" };
  const current = attempts?.created === created && attempts.seq > done ? attempts : undefined;
  if (current === undefined) return { kind: "run", attempt: 1 };
  // A newer change is worth a try at once, unless the key keeps failing (spec: bus, trap 16).
  const delayMs = current.nextTryAtMs - nowMs;
  const waits = current.seq === newest.seq || current.failures > 0;
  if (waits && delayMs > 0) return { kind: "wait", delayMs };
  return { kind: "run", attempt: current.failures + 1 };
}
