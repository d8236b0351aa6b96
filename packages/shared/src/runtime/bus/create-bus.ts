import { DeliverPolicy, type JetStreamClient, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { setTimeout as pause } from "node:timers/promises";
import type { OutgoingEvent } from "../../contracts/define-event.ts";
import { continueTrace } from "../../contracts/trace-context.ts";
import { PermanentError } from "../errors.ts";
import { openBucket, type Bucket } from "./bucket.ts";
import type { Bus, PublishOptions, StoredMessage, TailOptions } from "./bus.ts";
import { BusError, ConflictError, NotProvisionedError } from "./bus-error.ts";
import { busFailure, tooLargeHint } from "./bus-failure.ts";
import { openContent } from "./content.ts";
import { openDeliveries } from "./deliveries.ts";
import { eventHeaders } from "./event-headers.ts";
import { delivery, storedMessage } from "./messages.ts";
import { openPauses } from "./pauses.ts";
import { provision } from "./provision.ts";
import { maxEventBytes, type BucketName } from "./streams.ts";

interface Connection {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly source: string;
  readonly isUp: () => boolean;
}

const publishLimitMs = 60_000;
const createdFreshMs = 30_000;

/** The bus over an open connection, which it owns. */
export function createBus(connection: Connection): Bus {
  const { nc, jsm, isUp } = connection;
  const buckets = new Map<BucketName, Bucket>();
  const bucket = (name: BucketName) => {
    const open = buckets.get(name) ?? openBucket(name, connection);
    buckets.set(name, open);
    return open;
  };
  return {
    isUp,
    publish: (event, options) => publish(connection, event, options ?? {}),
    async last(stream, subject) {
      const read = jsm.streams.getMessage(stream, { last_by_subj: subject });
      const message = await read.catch((error: unknown) => busFailure(error, `read ${subject}`));
      return message ? storedMessage(message) : undefined;
    },
    async at(stream, seq) {
      const read = jsm.streams.getMessage(stream, { seq });
      const message = await read.catch((error: unknown) => busFailure(error, `read ${stream} ${seq}`));
      return message ? storedMessage(message) : undefined;
    },
    async subjects(stream, filter) {
      const asked = jsm.streams.info(stream, { subjects_filter: filter });
      const info = await asked.catch((error: unknown) => busFailure(error, `list ${filter}`));
      return Object.entries(info?.state.subjects ?? {}).map(([subject, messages]) => ({ subject, messages }));
    },
    eventsCreated: rememberCreation(jsm),
    consume: (stream, consumer, buffer) => openDeliveries(connection.js, { stream, consumer, buffer }),
    tail: (stream, options) => tail(connection, stream, options),
    bucket,
    content: openContent(nc),
    pauses: openPauses(bucket("pauses")),
    provision: (replicas) => provision({ nc, jsm, replicas }),
    async [Symbol.asyncDispose]() {
      if (nc.isClosed()) return;
      // A connection that is down cannot be drained.
      await (isUp() ? nc.drain() : nc.close());
    },
  };
}

async function publish(connection: Connection, event: OutgoingEvent, options: PublishOptions) {
  const { js, source } = connection;
  const { trace, expectLast, signal } = options;
  const headers = eventHeaders(event, source, continueTrace(trace));
  const expect = expectLast === undefined ? {} : { expect: { lastSubjectSequence: expectLast } };
  const body = JSON.stringify(event.data);
  if (Buffer.byteLength(body) > maxEventBytes)
    throw new PermanentError("BUS_TOO_LARGE", `An event for ${event.subject} is larger than ${maxEventBytes} bytes`, {
      hint: tooLargeHint,
    });
  const started = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      const sent = js.publish(event.subject, body, { msgID: event.id, headers, ...expect });
      const ack = await sent.catch((error: unknown) => busFailure(error, `publish to ${event.subject}`));
      if (ack === undefined) throw new NotProvisionedError(`No stream takes ${event.subject}`);
      return { seq: ack.seq, duplicate: ack.duplicate };
    } catch (error) {
      const own = attempt > 1 && error instanceof ConflictError ? await storedAs(connection, event) : undefined;
      if (own !== undefined) return { seq: own, duplicate: true };
      // The same id again: what was stored the first time is stored once.
      if (
        !(error instanceof BusError) ||
        error instanceof NotProvisionedError ||
        performance.now() - started > publishLimitMs
      )
        throw error;
      await pause(Math.min(2000, 50 * 2 ** attempt), undefined, signal === undefined ? {} : { signal });
    }
  }
}

/**
 * The server checks the expected sequence before the id, so a try whose answer was lost looks like a conflict:
 * it is none if the subject's last message is this very event.
 */
async function storedAs({ jsm }: Connection, { subject, id }: OutgoingEvent): Promise<number | undefined> {
  const read = jsm.streams.getMessage("EVENTS", { last_by_subj: subject });
  const message = await read.catch((error: unknown) => busFailure(error, `read ${subject}`));
  return message?.header.get("Nats-Msg-Id") === id ? message.seq : undefined;
}

function rememberCreation(jsm: JetStreamManager): () => Promise<string> {
  let known = { created: "", at: Number.NEGATIVE_INFINITY };
  return async () => {
    if (performance.now() - known.at < createdFreshMs) return known.created;
    const info = await jsm.streams.info("EVENTS").catch((error: unknown) => busFailure(error, "look at EVENTS"));
    if (info === undefined) throw new NotProvisionedError("There is no stream EVENTS");
    known = { created: info.created, at: performance.now() };
    return known.created;
  };
}

async function* tail({ js }: Connection, stream: string, options: TailOptions): AsyncGenerator<StoredMessage> {
  const { subjects, from, signal } = options;
  const start =
    from === undefined
      ? { deliver_policy: DeliverPolicy.New }
      : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, from) };
  const consumer = await js.consumers.get(stream, { filter_subjects: [...subjects], ...start });
  const messages = await consumer.consume();
  const stop = () => void messages.close();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    for await (const message of messages) yield delivery(message);
  } finally {
    signal.removeEventListener("abort", stop);
    await messages.close();
  }
}
