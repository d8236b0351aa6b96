import { PermanentError, TransientError } from "../errors.ts";
import type { GivenRequest, WorkContext, WorkResult } from "./handler.ts";
import { again, rereadMs, type KeyOutcome, type KeyRun, type Look } from "./key-run.ts";
import { lookAtKey } from "./look-at-key.ts";
import type { WorkEvent } from "./queue.ts";
import { readRequests } from "./requests.ts";
import { buryRun, failRun, reportRun } from "./settle-run.ts";

/** Steps 4 to 9 of the loop for one key, under a lease that the caller holds (I1, I2, I3, I5; spec: bus). */
export async function runKey<Event extends WorkEvent>(run: KeyRun<Event>): Promise<KeyOutcome> {
  const look = await lookAtKey(run);
  if ("kind" in look) return look;
  if ("fault" in look) return buryRun(run, look.look, look.fault);
  const requests = await readRequests(run.bus.bucket("requests"), look.key);
  // A slow server may have answered the reads only after the lease had run out.
  if (run.signal.aborted || !run.lease.isHeld()) return again(rereadMs);
  let result: WorkResult;
  try {
    result = await callHandler(run, look, requests);
  } catch (error) {
    if (run.signal.aborted || !run.lease.isHeld()) return again(rereadMs);
    return failRun(run, look, error);
  }
  if (!run.lease.isHeld()) return again(rereadMs);
  try {
    return await reportRun(run, look, result);
  } catch (error) {
    if (error instanceof PermanentError) return buryRun(run, look, error);
    throw error;
  }
}

async function callHandler<Event extends WorkEvent>(
  run: KeyRun<Event>,
  look: Look<Event>,
  requests: readonly GivenRequest[],
): Promise<WorkResult> {
  const { key, seq, attempt, event, watermark } = look;
  const limit = AbortSignal.timeout(run.limits.runLimitMs);
  const context: WorkContext = {
    seq,
    attempt,
    record: watermark.value?.record,
    requests,
    signal: AbortSignal.any([run.signal, limit]),
    log: run.log.child({ route: event.route, ...(event.target === undefined ? {} : { target: event.target }), seq }),
  };
  try {
    return await run.queue.handle(event, context);
  } catch (error) {
    if (!limit.aborted || run.signal.aborted) throw error;
    throw new TransientError("RUN_TIMEOUT", `${key} took longer than ${run.limits.runLimitMs / 1000} s`, {
      cause: error,
    });
  }
}
