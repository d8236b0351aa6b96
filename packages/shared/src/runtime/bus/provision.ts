import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiError,
  StorageType,
  type ConsumerConfig,
  type JetStreamManager,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { Objm } from "@nats-io/obj";
import { subjectRoot } from "../../contracts/define-event.ts";
import {
  bucketNames,
  bucketStream,
  contentBucket,
  deadStream,
  eventsStream,
  nanos,
  workQueues,
  workStream,
  type StreamDefinition,
} from "./streams.ts";

export interface ProvisionChoices {
  /** Copies of each stream: 1 on one node, 3 on a cluster. */
  readonly replicas: number;
  /** How long a delivery may stay without a sign of life before another replica gets it; default a minute. */
  readonly ackWaitMs?: number;
}

/** Durable consumers of EVENTS, all of them the watcher's. */
export const eventConsumers = {
  triggers: { name: "watcher-triggers", subjects: [`${subjectRoot}.trigger.>`] },
  outcomes: {
    name: "watcher-outcomes",
    subjects: ["pr-published", "refs-mirrored", "update-applied"].map((event) => `${subjectRoot}.${event}.>`),
  },
} as const;

/** What is made last: where it is, everything is. */
export const lastProvisioned = { stream: eventsStream.name, consumer: eventConsumers.outcomes.name };

/** JSStreamNameExistErr of nats-server. */
const nameInUse = 10_058;

interface ProvisionOptions extends ProvisionChoices {
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
}

/** Creates or updates every stream, consumer and bucket. Safe to repeat, by several at once. */
export async function provision(options: ProvisionOptions): Promise<void> {
  const { ackWaitMs = 60_000 } = options;
  // EVENTS first: the work queues source from it.
  const isNew = (await provisionStream(eventsStream, options)) === "created";
  for (const queue of workQueues.map(workStream)) {
    const found = await provisionStream(queue, options);
    if (isNew && found === "updated") await sourceAnew(queue, options);
  }
  for (const stream of [deadStream, ...bucketNames.map(bucketStream)]) await provisionStream(stream, options);
  await provisionContent(options);
  for (const { stream, consumer } of workQueues)
    if (consumer !== "")
      await provisionConsumer(options, stream, {
        durable_name: consumer,
        ack_policy: AckPolicy.Explicit,
        ack_wait: nanos(ackWaitMs),
        max_ack_pending: 5000,
        // A lease that is taken costs a delivery: the loop counts failures itself.
        max_deliver: -1,
      });
  for (const { name, subjects } of Object.values(eventConsumers))
    await provisionConsumer(options, eventsStream.name, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ackWaitMs),
      deliver_policy: DeliverPolicy.All,
      max_ack_pending: 256,
      max_deliver: 100,
      filter_subjects: [...subjects],
    });
}

/** JSConsumerExistingActiveErr and JSConsumerAlreadyExists of nats-server. */
const consumerExists = new Set([10_105, 10_148]);

type DurableConsumer = Partial<ConsumerConfig> & { readonly durable_name: string };

/** Creates the consumer, or gives the one that is there the present settings. */
async function provisionConsumer({ jsm }: ProvisionOptions, stream: string, wanted: DurableConsumer): Promise<void> {
  try {
    await jsm.consumers.add(stream, wanted);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || !consumerExists.has(error.code)) throw error;
    await jsm.consumers.update(stream, wanted.durable_name, wanted);
  }
}

async function provisionStream(
  definition: StreamDefinition,
  { jsm, replicas }: ProvisionOptions,
): Promise<"created" | "updated"> {
  const wanted = { ...definition, num_replicas: replicas };
  const update = () => jsm.streams.update(definition.name, wanted);
  if ((await update().catch(undefinedIfMissing)) !== undefined) return "updated";
  try {
    await jsm.streams.add({ ...wanted, ...(await firstSequence(definition, jsm)) });
    return "created";
  } catch (error) {
    // Somebody else was faster, and began it at another sequence.
    if (!(error instanceof JetStreamApiError) || error.code !== nameInUse) throw error;
    await update();
    return "updated";
  }
}

/** A queue finds out by itself that EVENTS is another one, but that takes it 10 to 20 seconds. */
async function sourceAnew({ name, sources = [] }: StreamDefinition, { jsm }: ProvisionOptions): Promise<void> {
  await jsm.streams.update(name, { sources: [] });
  await jsm.streams.update(name, { sources });
}

/**
 * A rebuilt EVENTS must count on from above where the old one ended, or the queues that source it would wait for
 * sequences that they have had (spec: bus, trap 18). The milliseconds since the epoch are above any count that
 * grew by less than a thousand a second.
 */
async function firstSequence(definition: StreamDefinition, jsm: JetStreamManager): Promise<{ first_seq?: number }> {
  if (definition.name !== eventsStream.name) return {};
  for (const { stream } of workQueues)
    if ((await jsm.streams.info(stream).catch(undefinedIfMissing)) !== undefined) return { first_seq: Date.now() };
  return {};
}

function undefinedIfMissing(error: unknown): undefined {
  if (error instanceof JetStreamApiError && error.status === 404) return undefined;
  throw error;
}

async function provisionContent({ nc, replicas }: ProvisionOptions): Promise<void> {
  await new Objm(nc).create(contentBucket.name, {
    ttl: nanos(contentBucket.ttlMs),
    max_bytes: contentBucket.maxBytes,
    storage: StorageType.File,
    replicas,
  });
}
