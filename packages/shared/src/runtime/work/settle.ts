import { BusError, ConflictError } from "../bus/bus-error.ts";
import { LaterError, PermanentError, SyncError, TransientError } from "../errors.ts";

export type Settlement =
  /** NATS failed, not the job: tried again without being counted. */
  | { readonly kind: "uncounted"; readonly delayMs: number }
  /** Only too early. */
  | { readonly kind: "later"; readonly untilMs: number; readonly code: string }
  | { readonly kind: "retry"; readonly delayMs: number; readonly code: string }
  | { readonly kind: "dead-letter"; readonly code: string };

const firstDelayMs = 1000;
const longestDelayMs = 5 * 60_000;

/** Decides on a failed run. `attempt` counts from 1; `random` is in 0..1. */
export function settle(error: unknown, attempt: { number: number; most: number }, random = Math.random()): Settlement {
  if (error instanceof ConflictError || error instanceof BusError) return { kind: "uncounted", delayMs: 1000 };
  const code = error instanceof SyncError ? error.code : "UNEXPECTED";
  if (error instanceof LaterError) return { kind: "later", untilMs: error.untilMs, code };
  if (error instanceof PermanentError || attempt.number >= attempt.most) return { kind: "dead-letter", code };
  const asked = error instanceof TransientError ? error.retryAfterMs : undefined;
  return { kind: "retry", delayMs: asked ?? backoff(attempt.number, random), code };
}

/** Exponential with full jitter. */
function backoff(attempt: number, random: number): number {
  return Math.ceil(random * Math.min(longestDelayMs, firstDelayMs * 2 ** attempt));
}
