import { eventConsumers, PermanentError, type Bus, type Delivery, type Log } from "@lockstep/shared/runtime";
import { unlessAborted } from "./unless-aborted.ts";

interface Taking {
  readonly bus: Bus;
  readonly log: Log;
  readonly consumer: keyof typeof eventConsumers;
  /** The CloudEvents types that this version knows; what was sent by hand has none. */
  readonly types: readonly string[];
  /** Carries out one event. A PermanentError buries it, anything else lets it come again. */
  readonly take: (delivery: Delivery, signal: AbortSignal) => Promise<void>;
  /** Writes the dead letter. */
  readonly bury: (delivery: Delivery, error: PermanentError) => Promise<void>;
}

const buffer = 32;
const failedMs = 2000;
const futureMs = 60_000;

/**
 * Takes the events of one of the watcher's consumers, one after the other, until the signal fires. An event is
 * acknowledged only when what it led to is stored (I5); one that fails does not stop its neighbours (I10).
 */
export async function takeEvents(taking: Taking, signal: AbortSignal): Promise<void> {
  const { bus, consumer } = taking;
  const deliveries = await bus.consume("EVENTS", eventConsumers[consumer].name, buffer);
  const stop = () => void deliveries.close();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const delivery of deliveries) {
      if (signal.aborted) delivery.nak(1);
      else await settle(taking, delivery, signal);
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
  if (!signal.aborted) throw new Error(`the consumer of ${consumer} ended by itself`);
}

async function settle(taking: Taking, delivery: Delivery, signal: AbortSignal): Promise<void> {
  const { log, types } = taking;
  const { subject, seq, type } = delivery;
  if (type !== "" && !types.includes(type)) {
    log.warn({ subject, seq, type }, "event from the future waits for a newer version");
    return delivery.nak(futureMs);
  }
  try {
    await unlessAborted(carryOut(taking, delivery, signal), signal);
    await unlessAborted(delivery.ack(), signal);
  } catch (error) {
    if (!signal.aborted) log.warn({ error, subject, seq }, "event failed, will come again");
    delivery.nak(signal.aborted ? 1 : failedMs);
  }
}

async function carryOut({ take, bury, log }: Taking, delivery: Delivery, signal: AbortSignal): Promise<void> {
  try {
    await take(delivery, signal);
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    log.error({ error, subject: delivery.subject, seq: delivery.seq }, "event refused: dead letter");
    await bury(delivery, error);
  }
}
