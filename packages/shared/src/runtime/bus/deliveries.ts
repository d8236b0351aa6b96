import type { Consumer, ConsumerMessages, JetStreamClient } from "@nats-io/jetstream";
import { setTimeout as pause } from "node:timers/promises";
import type { Deliveries } from "./bus.ts";
import { BusError, NotProvisionedError } from "./bus-error.ts";
import { busFailure } from "./bus-failure.ts";
import { delivery } from "./messages.ts";

export interface ConsumeOptions {
  readonly stream: string;
  readonly consumer: string;
  /** How many are asked for at a time. */
  readonly buffer: number;
}

/** A request that nothing answered is made anew after this. */
const askAgainMs = 10_000;
/** The server says this often that it is still there; two missing signs end a request. */
const signOfLifeMs = 2000;
const failedMs = 500;

/**
 * Deliveries of a durable consumer. The library's endless request runs ahead of whoever is slow, up to the whole
 * queue; here the next request is made when the last delivery was taken, so that others get the rest.
 * Throws a NotProvisionedError, also while iterating, if there is no such consumer.
 */
export async function openDeliveries(js: JetStreamClient, options: ConsumeOptions): Promise<Deliveries> {
  const { stream, consumer, buffer } = options;
  const durable = await js.consumers
    .get(stream, consumer)
    .catch((error: unknown) => busFailure(error, `find the consumer ${consumer} of ${stream}`));
  if (durable === undefined) throw new NotProvisionedError(`There is no consumer ${consumer} of ${stream}`);
  const closed = new AbortController();
  let request: ConsumerMessages | undefined;
  return {
    async *[Symbol.asyncIterator]() {
      while (!closed.signal.aborted) {
        request = await ask(durable, buffer);
        try {
          for await (const message of request) yield delivery(message);
        } catch {
          // Why the library gives up a request says little: whether there is still a consumer says what to do.
          await refuseIfGone(durable, `ask ${consumer} of ${stream}`);
          await pause(failedMs, undefined, { signal: closed.signal }).catch(() => undefined);
        }
      }
    },
    close() {
      closed.abort();
      // What has arrived is still yielded; waiting for that here would wait for the one who takes it.
      void request?.close();
      return Promise.resolve();
    },
  };
}

function ask(durable: Consumer, buffer: number): Promise<ConsumerMessages> {
  // Bound: after a reconnection the request is repeated at once, not when the server has described the consumer.
  return durable.fetch({ max_messages: buffer, expires: askAgainMs, idle_heartbeat: signOfLifeMs, bind: true });
}

async function refuseIfGone(durable: Consumer, what: string): Promise<void> {
  try {
    await durable.info().catch((error: unknown) => busFailure(error, what));
  } catch (error) {
    if (error instanceof NotProvisionedError || !(error instanceof BusError)) throw error;
  }
}
