import { DeliverPolicy, type JetStreamClient, type JetStreamManager, type StreamInfo } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { ask } from "./ask.ts";
import { openBucket, type Bucket } from "./bucket.ts";
import type { Bus, StoredMessage, TailOptions } from "./bus.ts";
import { NotProvisionedError } from "./bus-error.ts";
import { busFailure } from "./bus-failure.ts";
import { openContent } from "./content.ts";
import { openDeliveries } from "./deliveries.ts";
import type { Link } from "./link.ts";
import { delivery, storedMessage } from "./messages.ts";
import { openPauses } from "./pauses.ts";
import { lastProvisioned, provision } from "./provision.ts";
import { publish } from "./publish.ts";
import { eventsStream, type BucketName } from "./streams.ts";

interface Connection {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly source: string;
  readonly link: Link;
}

const createdFreshMs = 30_000;

/** The bus over an open connection, which it owns. */
export function createBus(connection: Connection): Bus {
  const { nc, jsm, link } = connection;
  const buckets = new Map<BucketName, Bucket>();
  const bucket = (name: BucketName) => {
    const open = buckets.get(name) ?? openBucket(name, connection);
    buckets.set(name, open);
    return open;
  };
  const read: Read = (what, question) => ask(link, { what, ask: question, repeatable: true });
  return {
    isUp: () => link.isUp(),
    publish: (event, options) => publish(connection, event, options ?? {}),
    async last(stream, subject) {
      const message = await read(`read ${subject}`, () => jsm.streams.getMessage(stream, { last_by_subj: subject }));
      return message ? storedMessage(message) : undefined;
    },
    async at(stream, seq) {
      const message = await read(`read ${stream} ${seq}`, () => jsm.streams.getMessage(stream, { seq }));
      return message ? storedMessage(message) : undefined;
    },
    async subjects(stream, filter) {
      const info = await read(`list ${filter}`, () => jsm.streams.info(stream, { subjects_filter: filter }));
      return Object.entries(info?.state.subjects ?? {}).map(([subject, messages]) => ({ subject, messages }));
    },
    eventsCreated: rememberCreation(() => read("look at EVENTS", () => jsm.streams.info(eventsStream.name))),
    async isProvisioned() {
      const { stream, consumer } = lastProvisioned;
      try {
        return (await read("look for consumers", () => jsm.consumers.info(stream, consumer))) !== undefined;
      } catch (error) {
        if (error instanceof NotProvisionedError) return false;
        throw error;
      }
    },
    consume: (stream, consumer, buffer) => openDeliveries(connection.js, { stream, consumer, buffer }),
    tail: (stream, options) => tail(connection, stream, options),
    bucket,
    content: openContent({ nc, jsm }),
    pauses: openPauses(bucket("pauses")),
    provision: (choices) => provision({ nc, jsm, ...choices }),
    async [Symbol.asyncDispose]() {
      if (nc.isClosed()) return;
      // A connection that is down cannot be drained.
      await (link.isUp() ? nc.drain() : nc.close());
    },
  };
}

type Read = <Answer>(what: string, question: () => Promise<Answer>) => Promise<Answer | undefined>;

function rememberCreation(look: () => Promise<StreamInfo | undefined>): () => Promise<string> {
  let known = { created: "", at: Number.NEGATIVE_INFINITY };
  return async () => {
    if (performance.now() - known.at < createdFreshMs) return known.created;
    const info = await look();
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
  const consumer = await js.consumers
    .get(stream, { filter_subjects: [...subjects], ...start })
    .catch((error: unknown) => busFailure(error, `follow ${stream}`));
  if (consumer === undefined) return;
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
