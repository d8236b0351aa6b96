import { deadLetter } from "../../contracts/dead-letter.ts";
import { RouteName, TargetName } from "../../contracts/names.ts";
import { ConflictError } from "../bus/bus-error.ts";
import { SyncError } from "../errors.ts";
import { redact } from "../secret.ts";
import type { WorkResult } from "./handler.ts";
import { again, rereadMs, type KeyOutcome, type KeyRun, type Look } from "./key-run.ts";
import type { Attempts, Watermark } from "./progress.ts";
import type { WorkEvent } from "./queue.ts";
import { removeRequests } from "./requests.ts";
import { settle } from "./settle.ts";

/** Step 9: the outcome, then the watermark with the record, then the requests that were used (I5, I6). */
export async function reportRun<Event extends WorkEvent>(
  run: KeyRun<Event>,
  look: Look<Event>,
  result: WorkResult,
): Promise<KeyOutcome> {
  const { bus, queue } = run;
  const { key, attempts } = look;
  let watermark: Look<Event>["watermark"];
  try {
    await publishEvents(run, look, result);
    watermark = await storeWatermark(run, look, result);
  } catch (error) {
    // Somebody else reported in the meantime: this run's look is stale.
    if (error instanceof ConflictError) return again(rereadMs);
    throw error;
  }
  await removeRequests(bus.bucket("requests"), key, result.usedRequests ?? []);
  if (result.failure !== undefined) return failRun(run, { ...look, watermark }, result.failure);
  if (result.laterMs !== undefined) return postpone(run, look, { failures: 0, untilMs: result.laterMs });
  if (attempts.value !== undefined) await bus.bucket("attempts").remove(`${queue.service}.${key}`);
  return { kind: "done" };
}

async function publishEvents<Event extends WorkEvent>(run: KeyRun<Event>, look: Look<Event>, { events }: WorkResult) {
  const last = new Map(look.outcomes);
  for (const event of events) {
    const expectLast = last.get(event.subject);
    const options = { trace: look.message.trace, signal: run.signal };
    const stored = await run.bus.publish(event, expectLast === undefined ? options : { ...options, expectLast });
    if (expectLast !== undefined) last.set(event.subject, Math.max(expectLast, stored.seq));
  }
}

/** Advances the watermark with the record; where the event is not done with, the record alone. */
async function storeWatermark<Event extends WorkEvent>(run: KeyRun<Event>, look: Look<Event>, result: WorkResult) {
  const { created, seq, watermark, key } = look;
  const unfinished = result.failure !== undefined || result.laterMs !== undefined;
  if (unfinished && result.record === undefined) return watermark;
  const done = watermark.value?.created === created ? watermark.value.seq : 0;
  const record = result.record === undefined ? watermark.value?.record : result.record;
  const dead = unfinished ? watermark.value?.dead : undefined;
  const value: Watermark = { created, seq: unfinished ? done : seq, record, ...(dead === undefined ? {} : { dead }) };
  const name = `${run.queue.service}.${key}`;
  const revision = await run.bus.bucket("state").write(name, JSON.stringify(value), { expect: watermark.revision });
  return { value, revision };
}

/** Step 8. */
export async function failRun<Event extends WorkEvent>(
  run: KeyRun<Event>,
  look: Look<Event>,
  error: unknown,
): Promise<KeyOutcome> {
  const { log, limits } = run;
  const settlement = settle(error, { number: look.attempt, most: limits.maxAttempts });
  const fields = { error, key: look.key, seq: look.seq, attempt: look.attempt };
  switch (settlement.kind) {
    case "uncounted":
      log.warn(fields, "run interrupted by the bus");
      return again(settlement.delayMs);
    case "later":
      log.info(fields, "run postponed");
      return postpone(run, look, { failures: look.attempt - 1, untilMs: settlement.untilMs });
    case "retry":
      log.warn({ ...fields, delayMs: settlement.delayMs }, "run failed, will be tried again");
      return postpone(run, look, { failures: look.attempt, untilMs: Date.now() + settlement.delayMs });
    case "dead-letter":
      return buryRun(run, look, error);
  }
}

interface Postponement {
  readonly failures: number;
  readonly untilMs: number;
}

async function postpone<Event extends WorkEvent>(
  run: KeyRun<Event>,
  look: Look<Event>,
  { failures, untilMs }: Postponement,
): Promise<KeyOutcome> {
  const value: Attempts = { created: look.created, seq: look.seq, failures, nextTryAtMs: untilMs };
  const name = `${run.queue.service}.${look.key}`;
  await run.bus.bucket("attempts").write(name, JSON.stringify(value), { expect: look.attempts.revision });
  return again(untilMs - Date.now());
}

/** A dead letter, then the watermark, then nothing: it is replayed by a trigger, never by sending it again. */
export async function buryRun<Event extends WorkEvent>(
  run: KeyRun<Event>,
  look: Look<Event | undefined>,
  error: unknown,
): Promise<KeyOutcome> {
  const { bus, queue, log } = run;
  const { key, created, seq, watermark, message, event } = look;
  const code = error instanceof SyncError ? error.code : "UNEXPECTED";
  const dead = { code, content: event === undefined ? "" : queue.contentOf(event) };
  const before = watermark.value?.created === created ? watermark.value.dead : undefined;
  const repeated = before?.code === dead.code && before.content === dead.content && event?.trigger.kind !== "manual";
  if (!repeated) {
    const [route = "", target] = key.split(".");
    const letter = deadLetter.create({
      service: queue.service,
      route: RouteName.parse(resembling(route)),
      target: target === undefined ? undefined : TargetName.parse(resembling(target)),
      code,
      message: redact(error instanceof Error ? error.message : String(error)).slice(0, 4000),
      attempts: look.attempt,
      seq,
      event: { subject: message.subject, data: event ?? message.body.slice(0, 10_000) },
    });
    await bus.publish(letter, { trace: message.trace, signal: run.signal });
  }
  log.error({ error, key, seq, attempt: look.attempt, repeated }, "given up: dead letter");
  const value: Watermark = { created, seq, dead, record: watermark.value?.record };
  await bus.bucket("state").write(`${queue.service}.${key}`, JSON.stringify(value), { expect: watermark.revision });
  return { kind: "done" };
}

/** An event may be unreadable because its subject holds what is no name: its letter needs a subject all the same. */
function resembling(token: string): string {
  return token
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-")
    .slice(0, 64);
}
