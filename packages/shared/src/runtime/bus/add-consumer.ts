import { AckPolicy, type JetStreamManager } from "@nats-io/jetstream";
import { busFailure } from "./bus-failure.ts";
import { nanos, type WorkStream } from "./streams.ts";

interface OwnConsumer {
  readonly stream: WorkStream;
  readonly consumer: string;
  readonly subject: string;
}

/** Makes a durable consumer of one subject; it goes by itself when unused for a week. Safe to repeat. */
export async function addConsumer(jsm: JetStreamManager, { stream, consumer, subject }: OwnConsumer): Promise<void> {
  const added = jsm.consumers.add(stream, {
    durable_name: consumer,
    filter_subject: subject,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(60_000),
    max_deliver: -1,
    inactive_threshold: nanos(7 * 24 * 3_600_000),
  });
  await added.catch((error: unknown) => busFailure(error, `make the consumer ${consumer} of ${stream}`));
}
