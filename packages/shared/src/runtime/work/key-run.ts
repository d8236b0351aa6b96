import type { StoredMessage } from "../bus/bus.ts";
import type { Stored } from "../bus/read-json.ts";
import type { Lease } from "./lease.ts";
import type { Attempts, Watermark } from "./progress.ts";
import type { WorkEvent, WorkQueue, WorkSurroundings } from "./queue.ts";

/** What became of a key: `done` may be acknowledged, the rest comes again after a while. */
export type KeyOutcome = { readonly kind: "done" } | { readonly kind: "again"; readonly delayMs: number };

export interface KeyRun<Event extends WorkEvent> extends WorkSurroundings {
  readonly queue: WorkQueue<Event>;
  /** The key's subject on the queue. */
  readonly subject: string;
  /** Sequence of the delivery in hand; absent for a sibling. */
  readonly inHand?: number;
  readonly lease: Lease;
  /** Fires when the lease is lost or the process stops. */
  readonly signal: AbortSignal;
}

/** What steps 4 and 5 read, all from leaders and all under the lease. */
export interface Look<Event> {
  readonly key: string;
  readonly created: string;
  readonly message: StoredMessage;
  readonly seq: number;
  readonly event: Event;
  readonly attempt: number;
  readonly watermark: Stored<Watermark>;
  readonly attempts: Stored<Attempts>;
  /** Last sequence of every outcome subject. */
  readonly outcomes: ReadonlyMap<string, number>;
}

/** A nak of more than this is repeated: a message must not be out of sight for longer. */
const longestNakMs = 60_000;

/** To be looked at again, at the latest in a minute. */
export function again(delayMs: number): KeyOutcome {
  return { kind: "again", delayMs: Math.min(longestNakMs, Math.max(1, Math.ceil(delayMs))) };
}

/** Soon enough to read anew what was just overtaken. */
export const rereadMs = 50;
