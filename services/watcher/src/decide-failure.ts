import type { Cursor } from "./cursor.ts";

/** Failures in a row after which a route is suspended. */
export const suspendAfter = 10;

/** A suspended route is still looked at, this many times slower, but at least every hour or as often as before. */
const slowProbe = { factor: 10, longestMs: 3_600_000 };

export interface Failure {
  readonly code: string;
  readonly message: string;
  /** When the source asked to be left alone until. */
  readonly retryAfterMs: number | undefined;
}

export interface FailureDecision {
  readonly failing: NonNullable<Cursor["failing"]>;
  readonly nextPollAtMs: number;
  /** This failure is the one that suspends: somebody must be told. */
  readonly suspends: boolean;
}

interface Circumstances {
  readonly before: Cursor["failing"];
  readonly intervalMs: number;
  readonly nowMs: number;
  /** 0..1 */
  readonly random: number;
}

/** What follows from a poll that failed: sooner than the interval with backoff and jitter, until suspended. Pure. */
export function decideFailure(failure: Failure, circumstances: Circumstances): FailureDecision {
  const { before, intervalMs, nowMs, random } = circumstances;
  const count = (before?.count ?? 0) + 1;
  const suspended = count >= suspendAfter;
  const slow = Math.max(intervalMs, Math.min(slowProbe.longestMs, intervalMs * slowProbe.factor));
  const backoff = Math.min(intervalMs, 1000 * 2 ** count);
  const delayMs = (suspended ? slow : backoff) * (0.5 + random / 2);
  return {
    failing: {
      count,
      sinceMs: before?.sinceMs ?? nowMs,
      code: failure.code,
      message: failure.message.slice(0, 500),
      suspended,
    },
    nextPollAtMs: Math.round(nowMs + Math.max(failure.retryAfterMs ?? 0, delayMs)),
    suspends: suspended && !(before?.suspended ?? false),
  };
}

/** What a look failed with: everything failed, so the longest wait that was asked for counts. Pure. */
export function decideWholeFailure(failures: readonly Failure[], looked: number): Failure | undefined {
  const [first] = failures;
  if (first === undefined || failures.length < looked) return undefined;
  return { ...first, retryAfterMs: longestWait(failures) };
}

/** The longest wait that any of the failures asked for. Pure. */
export function longestWait(failures: readonly Failure[]): number | undefined {
  const asked = failures.map(({ retryAfterMs }) => retryAfterMs).filter((ms) => ms !== undefined);
  return asked.length === 0 ? undefined : Math.max(...asked);
}
