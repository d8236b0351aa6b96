import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import { setTimeout as pause } from "node:timers/promises";
import type { OutgoingEvent } from "../../contracts/define-event.ts";
import { continueTrace } from "../../contracts/trace-context.ts";
import { PermanentError } from "../errors.ts";
import { ask } from "./ask.ts";
import type { PublishOptions, Published } from "./bus.ts";
import { BusError, ConflictError, NotProvisionedError } from "./bus-error.ts";
import { busFailure, tooLargeHint } from "./bus-failure.ts";
import { eventHeaders } from "./event-headers.ts";
import { unlessAborted, type Link } from "./link.ts";
import { eventsStream, maxEventBytes } from "./streams.ts";

export interface Publishing {
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** The events' `ce-source`. */
  readonly source: string;
  readonly link: Link;
}

const limitMs = 60_000;
const firstDelayMs = 50;
const longestDelayMs = 2000;

/** Stores an event once, whatever happens to the connection: each try has the same id (spec: bus, trap 12). */
export async function publish(around: Publishing, event: OutgoingEvent, options: PublishOptions): Promise<Published> {
  const body = JSON.stringify(event.data);
  if (Buffer.byteLength(body) > maxEventBytes)
    throw new PermanentError("BUS_TOO_LARGE", `An event for ${event.subject} is larger than ${maxEventBytes} bytes`, {
      hint: tooLargeHint,
    });
  const trace = continueTrace(options.trace);
  const limit = AbortSignal.timeout(limitMs);
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted();
    try {
      return await send(around, event, { ...options, trace, body });
    } catch (error) {
      const own = attempt > 1 && error instanceof ConflictError ? await storedAs(around, event) : undefined;
      if (own !== undefined) return { seq: own, duplicate: true };
      if (!(error instanceof BusError) || error instanceof NotProvisionedError || limit.aborted) throw error;
      await waitToRetry(around.link, { attempt, error, limit, signal: options.signal });
    }
  }
}

type Sending = Omit<PublishOptions, "trace"> & {
  readonly trace: ReturnType<typeof continueTrace>;
  readonly body: string;
};

async function send({ js, source, link }: Publishing, event: OutgoingEvent, sending: Sending): Promise<Published> {
  const { trace, body, expectLast } = sending;
  const headers = eventHeaders(event, source, trace);
  const expect = expectLast === undefined ? {} : { expect: { lastSubjectSequence: expectLast } };
  // What is sent into a connection that breaks is never answered: there is no use in waiting for that.
  const answer = unlessAborted(link.lost, () =>
    js.publish(event.subject, body, { msgID: event.id, headers, ...expect }),
  );
  const stored = await answer.catch((error: unknown) => busFailure(error, `publish to ${event.subject}`));
  if (stored === undefined) throw new NotProvisionedError(`No stream takes ${event.subject}`);
  return { seq: stored.seq, duplicate: stored.duplicate };
}

interface Failure {
  readonly attempt: number;
  readonly error: BusError;
  readonly limit: AbortSignal;
  readonly signal: AbortSignal | undefined;
}

async function waitToRetry(link: Link, { attempt, error, limit, signal }: Failure): Promise<void> {
  const ending = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  try {
    await link.untilUp(ending);
    await pause(Math.min(longestDelayMs, firstDelayMs * 2 ** attempt), undefined, { signal: ending });
  } catch (reason) {
    // Whoever waited in vain wants to know what for.
    throw limit.aborted && !signal?.aborted ? error : reason;
  }
}

/**
 * The server checks the expected sequence before the id, so a try whose answer was lost looks like a conflict:
 * it is none if the subject's last message is this very event.
 */
async function storedAs({ jsm, link }: Publishing, { subject, id }: OutgoingEvent): Promise<number | undefined> {
  const message = await ask(link, {
    what: `read ${subject}`,
    ask: () => jsm.streams.getMessage(eventsStream.name, { last_by_subj: subject }),
    repeatable: true,
  });
  return message?.header.get("Nats-Msg-Id") === id ? message.seq : undefined;
}
