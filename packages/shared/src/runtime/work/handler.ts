import type { OutgoingEvent } from "../../contracts/define-event.ts";
import type { RunRequest } from "../../contracts/requests.ts";
import type { Log } from "../log.ts";

/** A permission that a person gave, and the EVENTS sequence of the trigger it came with. */
export type GivenRequest = RunRequest & { readonly seq: number };

/** What a handler knows beside the event itself. */
export interface WorkContext {
  /** EVENTS sequence of the event. */
  readonly seq: number;
  /** Counts from 1. */
  readonly attempt: number;
  /** What this service stored for this key last time; `undefined` the first time. Parse it: it came over the bus. */
  readonly record: unknown;
  /** Read under the lease; deleted with the watermark if `usedRequests` names them. */
  readonly requests: readonly GivenRequest[];
  /** Fires when the lease is lost or the process stops: nothing may be written after that. */
  readonly signal: AbortSignal;
  /** Carries route, target and sequence. */
  readonly log: Log;
}

/** What the loop does after the handler: publish, advance the watermark, acknowledge (I5). */
export interface WorkResult {
  /** Published in this order; the outcome's id comes from its cause, so a second run publishes it once (I3). */
  readonly events: readonly OutgoingEvent[];
  /** Stored with the watermark, in one write; absent: what was stored stays. */
  readonly record?: unknown;
  /** Sequences of the requests that were used. */
  readonly usedRequests?: readonly number[];
  /** Part of the work failed: the rest is reported and recorded now, then this is settled as if it had been thrown. */
  readonly failure?: unknown;
  /** Report and record now, but look at the same event again at this instant (epoch ms): it is only too early. */
  readonly laterMs?: number;
}

/**
 * Look, decide, act, report. May run twice for the same event. Neither acknowledges nor publishes.
 * Throws TransientError (tried again), PermanentError (dead letter) or LaterError (waits, uncounted).
 */
export type WorkHandler<Event> = (event: Event, context: WorkContext) => Promise<WorkResult>;
