import type { ChangeDetected } from "../contracts/change-detected.ts";
import type { WorkHandler } from "../runtime/work/handler.ts";
import type { WorkQueue } from "../runtime/work/queue.ts";
import { changeQueue, reportOf } from "./change-queue.ts";

export interface FailingQueue {
  /** `<revision>#<attempt>` of every run so far. */
  readonly attempts: readonly string[];
  readonly queue: WorkQueue<ChangeDetected>;
}

/** A queue whose runs fail with the given errors, one each, and report after that. */
export function failingQueue(errors: readonly unknown[]): FailingQueue {
  const attempts: string[] = [];
  const left = [...errors];
  const handle: WorkHandler<ChangeDetected> = (event, context) => {
    attempts.push(`${event.revision}#${context.attempt}`);
    const error = left.shift();
    return error === undefined ? Promise.resolve(reportOf(event, context)) : Promise.reject(error);
  };
  return { attempts, queue: changeQueue(handle) };
}
