import type { Delivery, Deliveries } from "../bus/bus.ts";
import { runKey } from "./run-key.ts";
import { takeLease, type Lease } from "./lease.ts";
import { ackWaitMs, leaseKey, type WorkEvent, type WorkQueue, type WorkSurroundings } from "./queue.ts";

/** How long until a lease that is taken is asked for again; spread, so that replicas do not meet. */
const takenMs = { least: 40, spread: 120 };
const failedMs = 1000;

/**
 * The loop of comparator and publisher: newest wins, one in flight for each lease, nothing lost (I1, I2, I5).
 * Runs until the signal fires, then hands back what it has not begun and waits for what it has.
 */
export async function work<Event extends WorkEvent>(
  queue: WorkQueue<Event>,
  around: WorkSurroundings,
  signal: AbortSignal,
): Promise<void> {
  const { bus, limits } = around;
  // One at a time, and only for a free place: what waits here would not be carried out by an idle replica.
  const deliveries = await bus.consume(queue.stream, queue.consumer, 1);
  const held = new Set<Delivery>();
  const heartbeat = setInterval(
    () => {
      for (const delivery of held) delivery.working();
    },
    ackWaitMs(limits) / 3,
  );
  const running = new Set<Promise<void>>();
  const slots = createSlots(limits.concurrency);
  const stop = closeOnAbort(deliveries, signal);
  try {
    const arriving = deliveries[Symbol.asyncIterator]();
    for (;;) {
      await slots.take();
      const { value: delivery, done } = await arriving.next();
      if (done) break;
      held.add(delivery);
      const run = carryOut({ queue, around, delivery, signal }).finally(() => {
        held.delete(delivery);
        running.delete(run);
        slots.give();
      });
      running.add(run);
    }
  } finally {
    stop();
    await Promise.all(running);
    clearInterval(heartbeat);
  }
  if (!signal.aborted) throw new Error(`the consumer ${queue.consumer} ended by itself`);
}

interface Hand<Event extends WorkEvent> {
  readonly queue: WorkQueue<Event>;
  readonly around: WorkSurroundings;
  readonly delivery: Delivery;
  readonly signal: AbortSignal;
}

/** Steps 1 to 10 for one delivery. Never throws: what fails comes again. */
async function carryOut<Event extends WorkEvent>({ queue, around, delivery, signal }: Hand<Event>): Promise<void> {
  if (signal.aborted) return delivery.nak(1);
  try {
    const event = readEvent(queue, delivery);
    // What cannot be read has no lease of its own; its subject is as good as one.
    const key = event === undefined ? `${queue.service}.${delivery.subject}` : leaseKey(queue, event);
    const { bus, limits, holder } = around;
    const lease = await takeLease(bus.bucket("leases"), key, {
      ttlMs: limits.leaseTtlMs,
      holder,
    });
    if (lease === undefined) return delivery.nak(takenMs.least + Math.random() * takenMs.spread);
    await using held = releasing(lease);
    const run = { ...around, queue, lease, signal: AbortSignal.any([held.signal, signal]) };
    const outcome = await runKey({ ...run, subject: delivery.subject, inHand: delivery.seq });
    if (outcome.kind === "done") await delivery.ack();
    else delivery.nak(outcome.delayMs);
    const siblings = event === undefined ? [] : queue.siblingsOf(event);
    for (const subject of siblings)
      if (subject !== delivery.subject && lease.isHeld() && !signal.aborted) await runKey({ ...run, subject });
  } catch (error) {
    around.log.warn({ error, subject: delivery.subject }, "delivery failed, will come again");
    delivery.nak(failedMs);
  }
}

function readEvent<Event extends WorkEvent>(queue: WorkQueue<Event>, delivery: Delivery): Event | undefined {
  try {
    return queue.contract.parse(delivery.subject, delivery.body);
  } catch {
    return undefined;
  }
}

function releasing(lease: Lease): { readonly signal: AbortSignal } & AsyncDisposable {
  return { signal: lease.signal, [Symbol.asyncDispose]: () => lease.release() };
}

function closeOnAbort(deliveries: Deliveries, signal: AbortSignal): () => void {
  const close = () => void deliveries.close();
  if (signal.aborted) close();
  signal.addEventListener("abort", close, { once: true });
  return () => signal.removeEventListener("abort", close);
}

/** Places for runs at the same time; waiting is first come, first served. */
function createSlots(count: number): { take(): Promise<void>; give(): void } {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    async take() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    },
    give() {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    },
  };
}
