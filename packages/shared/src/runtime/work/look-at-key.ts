import type { StoredMessage } from "../bus/bus.ts";
import { readJson } from "../bus/read-json.ts";
import { PermanentError } from "../errors.ts";
import { decideRun } from "./decide-run.ts";
import { again, rereadMs, type KeyOutcome, type KeyRun, type Look } from "./key-run.ts";
import { attemptsSchema, watermarkSchema } from "./progress.ts";
import { leaseKey, type WorkEvent, type WorkQueue } from "./queue.ts";

const futureMs = 60_000;

/** A look whose event could not be read. */
export interface UnreadableLook {
  readonly look: Look<undefined>;
  readonly fault: PermanentError;
}

/** Steps 4 to 6 of the loop: what waits for a key, or what to answer where nothing is to be run now. */
export async function lookAtKey<Event extends WorkEvent>(
  run: KeyRun<Event>,
): Promise<Look<Event> | UnreadableLook | KeyOutcome> {
  const { bus, queue, subject, inHand } = run;
  const key = keyOf(subject);
  const name = `${queue.service}.${key}`;
  const [message, created, watermark, attempts] = await Promise.all([
    bus.last(queue.stream, subject),
    bus.eventsCreated(),
    readJson(bus.bucket("state"), name, watermarkSchema),
    readJson(bus.bucket("attempts"), name, attemptsSchema),
  ]);
  const newest = message === undefined ? undefined : { queueSeq: message.seq, seq: sourceOf(message) };
  const nowMs = Date.now();
  const situation = { newest, inHand, created, watermark: watermark.value, attempts: attempts.value, nowMs };
  const decision = decideRun(situation);
  if (decision.kind === "reread") return again(rereadMs);
  if (decision.kind === "wait") return again(decision.delayMs);
  if (decision.kind === "done" || message === undefined || newest === undefined) return { kind: "done" };
  if (message.type !== "" && message.type !== queue.contract.type) {
    run.log.warn({ subject, type: message.type }, "event from the future waits for a newer version");
    return again(futureMs);
  }

  const place = { key, created, message, seq: newest.seq, attempt: decision.attempt, watermark, attempts };
  const event = parseEvent(queue, message);
  if (event instanceof PermanentError)
    return { look: { ...place, event: undefined, outcomes: new Map() }, fault: event };
  // Its lease may not be the one that is held: the repository of a target was changed.
  if (leaseKey(queue, event) !== run.lease.key) return again(rereadMs);
  const outcomes = await Promise.all(
    (await queue.outcomesOf(event)).map(
      async (outcome) => [outcome, (await bus.last("EVENTS", outcome))?.seq ?? 0] as const,
    ),
  );
  return { ...place, event, outcomes: new Map(outcomes) };
}

/** `work.<service>.<kind>.<route>.<target>` → `<route>.<target>`. What is too short to name a route gets a key of its own. */
function keyOf(subject: string): string {
  const tokens = subject.split(".");
  return tokens.length > 3 ? tokens.slice(3).join(".") : `=${subject}`;
}

function sourceOf(message: StoredMessage): number {
  if (message.sourceSeq !== undefined) return message.sourceSeq;
  throw new PermanentError("BUS_NO_SOURCE", `${message.subject} on a work queue does not come from EVENTS`, {
    hint: "nothing but EVENTS may feed the work queues: run `lockstep provision`",
  });
}

function parseEvent<Event extends WorkEvent>(queue: WorkQueue<Event>, message: StoredMessage): Event | PermanentError {
  try {
    return queue.contract.parse(message.subject, message.body);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return new PermanentError("EVENT_INVALID", `${message.subject} cannot be read: ${words}`, { cause: error });
  }
}
