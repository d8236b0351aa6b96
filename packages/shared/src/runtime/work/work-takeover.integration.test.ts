import { expect, test, vi } from "vitest";
import { change, changeQueue, outcomeSubject, reportOf } from "../../testing/change-queue.ts";
import { startFixture } from "../../testing/fixture-process.ts";
import { connectRaw } from "../../testing/raw-connection.ts";
import { startBus, type BusWorld } from "../../testing/start-bus.ts";
import { startWork } from "../../testing/start-work.ts";
import { untilDone } from "../../testing/until-done.ts";

const limits = { leaseTtlMs: 1000 };

function startDying({ server }: BusWorld, diesAt: "run" | "watermark") {
  return startFixture("dying.fixture.ts", { TEST_NATS_URL: server.url, TEST_DIES_AT: diesAt });
}

test.concurrent("the work of a replica that was killed is taken over by another (I2)", async () => {
  await using world = await startBus();
  const { bus } = world;
  await bus.provision({ replicas: 1, ackWaitMs: 2000 });
  await using killed = startDying(world, "run");
  const { seq } = await bus.publish(change("text", 1));
  expect(await killed.ended).toBeNull();
  const diedAt = performance.now();
  expect(await bus.bucket("leases").read("comparator.text")).toBeDefined();

  await using _replica = startWork(
    changeQueue((event, context) => Promise.resolve(reportOf(event, context))),
    { bus, limits },
  );
  await untilDone(bus, "text", seq);

  expect(performance.now() - diedAt).toBeLessThan(4000);
  expect(await bus.subjects("EVENTS", outcomeSubject("text"))).toMatchObject([{ messages: 1 }]);
});

test.concurrent("death between the outcome and the watermark: two runs, one outcome (I3)", async () => {
  await using world = await startBus();
  const { bus } = world;
  await bus.provision({ replicas: 1, ackWaitMs: 2000 });
  await using killed = startDying(world, "watermark");
  const { seq } = await bus.publish(change("text", 1));
  expect(await killed.ended).toBeNull();
  const reported = await bus.last("EVENTS", outcomeSubject("text"));
  expect(reported).toBeDefined();
  expect(await bus.bucket("state").read("comparator.text")).toBeUndefined();

  let runs = 0;
  const queue = changeQueue((event, context) => {
    runs += 1;
    return Promise.resolve(reportOf(event, context));
  });
  await using _replica = startWork(queue, { bus, limits });
  await untilDone(bus, "text", seq);

  expect(runs).toBe(1);
  expect(await bus.last("EVENTS", outcomeSubject("text"))).toEqual(reported);
  expect(await bus.subjects("EVENTS", outcomeSubject("text"))).toMatchObject([{ messages: 1 }]);
});

test.concurrent("the server is killed in the middle of a run: the run is reported once, or done again (I5)", async () => {
  await using world = await startBus();
  const { bus, server } = world;
  await bus.provision({ replicas: 1, ackWaitMs: 2000 });
  let runs = 0;
  const queue = changeQueue(async (event, context) => {
    runs += 1;
    if (runs === 1) {
      await server.kill();
      await server.restart();
    }
    return reportOf(event, context);
  });
  await using _replica = startWork(queue, { bus, limits });

  const { seq } = await bus.publish(change("text", 1));
  await untilDone(bus, "text", seq);
  const next = await bus.publish(change("text", 2));
  await untilDone(bus, "text", next.seq);

  expect(await bus.subjects("EVENTS", outcomeSubject("text"))).toMatchObject([{ messages: 2 }]);
});

test.concurrent("what was done before EVENTS was rebuilt does not hide what comes after (trap 18)", async () => {
  await using world = await startBus();
  await using raw = await connectRaw(world.server.url);
  const { bus } = world;
  const ran: string[] = [];
  const queue = changeQueue((event, context) => {
    ran.push(event.revision);
    return Promise.resolve(reportOf(event, context));
  });
  await using _replica = startWork(queue, { bus: await world.connect() });
  const first = await bus.publish(change("text", 1));
  await untilDone(bus, "text", first.seq);

  await raw.jsm.streams.delete("EVENTS");
  await bus.provision({ replicas: 1 });
  await bus.publish(change("text", 2));

  await vi.waitUntil(() => ran.includes("2"), { timeout: 10_000 });
  expect(ran).toEqual(["1", "2"]);
});
