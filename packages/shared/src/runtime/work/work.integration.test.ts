import { expect, test, vi } from "vitest";
import type { ChangeDetected } from "../../contracts/change-detected.ts";
import { change, changeQueue, outcomeSubject, reportOf } from "../../testing/change-queue.ts";
import { createGate } from "../../testing/gate.ts";
import { startBus } from "../../testing/start-bus.ts";
import { startWork } from "../../testing/start-work.ts";
import { untilDone } from "../../testing/until-done.ts";
import type { Bus, Delivery } from "../bus/bus.ts";
import type { WorkContext } from "./handler.ts";

test.concurrent("a change is carried out once, reported, remembered and acknowledged", async () => {
  await using world = await startBus();
  const { bus } = world;
  const runs: { event: ChangeDetected; context: WorkContext }[] = [];
  const queue = changeQueue((event, context) => {
    runs.push({ event, context });
    return Promise.resolve(reportOf(event, context));
  });
  const { seq } = await bus.publish(change("text", 1));

  await using _replica = startWork(queue, { bus });
  await untilDone(bus, "text", seq);

  expect(runs).toHaveLength(1);
  expect(runs[0]?.event).toMatchObject({ route: "text", revision: "1" });
  expect(runs[0]?.context).toMatchObject({ seq, attempt: 1, record: undefined, requests: [] });
  expect(await bus.last("EVENTS", outcomeSubject("text"))).toMatchObject({ id: `alert:text.:DONE:${seq}` });
  const state = await bus.bucket("state").read("comparator.text");
  expect(JSON.parse(state?.value ?? "")).toEqual({
    created: await bus.eventsCreated(),
    seq,
    record: { revision: "1" },
  });
  expect(await bus.bucket("leases").read("comparator.text")).toBeUndefined();
});

test.concurrent("the outcome belongs to the trace of its cause", async () => {
  await using world = await startBus();
  const { bus } = world;
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await bus.publish(change("text", 1), { trace: { traceparent } });

  await using _replica = startWork(
    changeQueue((event, context) => Promise.resolve(reportOf(event, context))),
    { bus },
  );
  await vi.waitUntil(async () => (await bus.last("EVENTS", outcomeSubject("text"))) !== undefined);

  const { trace } = (await bus.last("EVENTS", outcomeSubject("text"))) ?? {};
  expect(trace?.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-/);
});

test.concurrent("a change that arrives during a run leads to exactly one more, of the newest (I2)", async () => {
  await using world = await startBus();
  const { bus } = world;
  const gate = createGate();
  const ran: string[] = [];
  const queue = changeQueue(async (event, context) => {
    ran.push(event.revision);
    if (ran.length === 1) await gate.pass(context.signal);
    return reportOf(event, context);
  });
  await bus.publish(change("text", 1));
  await using _replica = startWork(queue, { bus });
  await vi.waitUntil(() => ran.length === 1);

  for (const ordinal of [2, 3, 4]) await bus.publish(change("text", ordinal));
  const { seq } = await bus.publish(change("text", 5));
  gate.open();
  await untilDone(bus, "text", seq);

  expect(ran).toEqual(["1", "5"]);
});

test.concurrent("a burst of 200 changes is carried out in few runs, never two at a time, and the last one last (I1, I2)", async () => {
  await using world = await startBus();
  const { bus } = world;
  const ran: number[] = [];
  let [now, most] = [0, 0];
  const queue = changeQueue(async (event, context) => {
    now += 1;
    most = Math.max(most, now);
    await bus.subjects("EVENTS", ">");
    now -= 1;
    ran.push(event.ordinal);
    return reportOf(event, context);
  });
  await using _one = startWork(queue, { bus });
  await using _two = startWork(queue, { bus: await world.connect() });

  const stored = await Promise.all(Array.from({ length: 200 }, (_, index) => bus.publish(change("text", index + 1))));
  const last = stored.at(-1);
  await untilDone(bus, "text", last?.seq ?? Number.NaN);

  expect(most).toBe(1);
  expect(ran).toEqual(ran.toSorted((one, other) => one - other));
  expect(ran.length).toBeLessThan(60);
});

test.concurrent("a second delivery of every event has no second effect (I3)", async () => {
  await using world = await startBus();
  const { bus } = world;
  const effects: string[] = [];
  const queue = changeQueue((event, context) => {
    effects.push(`${event.route}:${event.revision}`);
    return Promise.resolve(reportOf(event, context));
  });
  await using _replica = startWork(queue, { bus: deliveringTwice(bus) });

  for (const ordinal of [1, 2, 3]) {
    const one = await bus.publish(change("one", ordinal));
    const two = await bus.publish(change("two", ordinal));
    await untilDone(bus, "one", one.seq);
    await untilDone(bus, "two", two.seq);
  }

  expect(effects.toSorted()).toEqual(["one:1", "one:2", "one:3", "two:1", "two:2", "two:3"]);
  expect(await bus.subjects("EVENTS", "lockstep.alert.>")).toMatchObject([{ messages: 3 }, { messages: 3 }]);
});

test.concurrent("what a run stored is what the next one finds, and a run that stores nothing leaves it", async () => {
  await using world = await startBus();
  const { bus } = world;
  const found: unknown[] = [];
  const queue = changeQueue(({ ordinal }, { record }) => {
    found.push(record);
    return Promise.resolve(ordinal === 2 ? { events: [] } : { events: [], record: { ordinal } });
  });
  await using _replica = startWork(queue, { bus });

  for (const ordinal of [1, 2, 3, 4]) {
    const { seq } = await bus.publish(change("text", ordinal));
    await untilDone(bus, "text", seq);
  }

  expect(found).toEqual([undefined, { ordinal: 1 }, { ordinal: 1 }, { ordinal: 3 }]);
});

test.concurrent("a watermark of a stream that was rebuilt counts as none", async () => {
  await using world = await startBus();
  const { bus } = world;
  const old = { created: "2020-01-01T00:00:00Z", seq: 1_000_000, record: { kept: true } };
  await bus.bucket("state").write("comparator.text", JSON.stringify(old));
  const records: unknown[] = [];
  const queue = changeQueue((_event, { record }) => {
    records.push(record);
    return Promise.resolve({ events: [] });
  });
  const { seq } = await bus.publish(change("text", 1));

  await using _replica = startWork(queue, { bus });
  await untilDone(bus, "text", seq);

  expect(records).toEqual([{ kept: true }]);
  expect(JSON.parse((await bus.bucket("state").read("comparator.text"))?.value ?? "")).toMatchObject({ seq });
});

test.concurrent("a watermark that this version cannot read is no obstacle: the work is done once more", async () => {
  await using world = await startBus();
  const { bus } = world;
  await bus.bucket("state").write("comparator.text", "{ not even JSON");
  const { seq } = await bus.publish(change("text", 1));

  await using _replica = startWork(
    changeQueue((event, context) => Promise.resolve(reportOf(event, context))),
    { bus },
  );
  await untilDone(bus, "text", seq);

  expect(await bus.last("EVENTS", outcomeSubject("text"))).toBeDefined();
});

/** The bus of a loop that gets each delivery a second time, as after an acknowledgement that was lost. */
function deliveringTwice(bus: Bus): Bus {
  return {
    ...bus,
    async consume(...place) {
      const deliveries = await bus.consume(...place);
      return {
        async *[Symbol.asyncIterator](): AsyncGenerator<Delivery> {
          for await (const delivery of deliveries) {
            const { promise: isAcked, resolve } = Promise.withResolvers<boolean>();
            yield {
              ...delivery,
              ack: () => Promise.resolve(resolve(true)),
              nak(delayMs) {
                delivery.nak(delayMs);
                resolve(false);
              },
            };
            if (await isAcked) yield delivery;
          }
        },
        close: () => deliveries.close(),
      };
    },
  };
}
