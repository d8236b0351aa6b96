import type { Bus } from "../runtime/bus/bus.ts";
import { createLog, type Log } from "../runtime/log.ts";
import { usualLimits, type WorkEvent, type WorkLimits, type WorkQueue } from "../runtime/work/queue.ts";
import { work } from "../runtime/work/work.ts";

export interface Replica extends AsyncDisposable {
  /** Settles when the loop has ended. */
  readonly ended: Promise<void>;
  /** Asks the loop to end, and waits until it has. */
  stop(): Promise<void>;
}

export interface ReplicaOptions {
  readonly bus: Bus;
  readonly limits?: Partial<WorkLimits>;
  readonly log?: Log;
}

let count = 0;

/** Runs the loop as one replica until it is stopped or disposed of. */
export function startWork<Event extends WorkEvent>(queue: WorkQueue<Event>, options: ReplicaOptions): Replica {
  const stopping = new AbortController();
  const log = options.log ?? createLog("test", { write: () => {} });
  count += 1;
  const around = { bus: options.bus, log, holder: `test-${count}`, limits: { ...usualLimits, ...options.limits } };
  const ended = work(queue, around, stopping.signal);
  const stop = () => {
    stopping.abort();
    return ended;
  };
  return { ended, stop, [Symbol.asyncDispose]: stop };
}
