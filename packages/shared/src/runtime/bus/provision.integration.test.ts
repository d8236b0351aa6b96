import { startNatsServer } from "@lockstep/nats-server";
import { expect, test, vi } from "vitest";
import { change } from "../../testing/change-queue.ts";
import { startFixture } from "../../testing/fixture-process.ts";
import { connectRaw, type RawConnection } from "../../testing/raw-connection.ts";
import { connectTo, startBus } from "../../testing/start-bus.ts";

const everyStream = [
  "DEAD",
  "EVENTS",
  "KV_attempts",
  "KV_instances",
  "KV_leases",
  "KV_pauses",
  "KV_requests",
  "KV_state",
  "OBJ_content",
  "WORK_COMPARATOR",
  "WORK_PUBLISHER",
  "WORK_UPDATER",
];

/** Names and settings of all there is, but for what the server counts. */
async function describeAll({ jsm }: RawConnection) {
  const streams = (await Array.fromAsync(jsm.streams.list())).toSorted((one, other) =>
    one.config.name < other.config.name ? -1 : 1,
  );
  const consumers = await Promise.all(
    streams.map(async ({ config }) => Array.fromAsync(jsm.consumers.list(config.name))),
  );
  return {
    streams: streams.map(({ config }) => config),
    consumers: consumers.flat().map(({ stream_name, config }) => ({ stream: stream_name, config })),
  };
}

test.concurrent("provisioning makes every stream, bucket and consumer", async () => {
  await using world = await startBus();
  await using raw = await connectRaw(world.server.url);

  const { streams, consumers } = await describeAll(raw);

  expect(streams.map(({ name }) => name)).toEqual(everyStream);
  expect(consumers.map(({ stream, config }) => `${stream}/${config.durable_name}`)).toEqual([
    "EVENTS/watcher-outcomes",
    "EVENTS/watcher-triggers",
    "WORK_COMPARATOR/comparator",
    "WORK_PUBLISHER/publisher",
  ]);
  expect(consumers.find(({ stream }) => stream === "WORK_PUBLISHER")?.config).toMatchObject({
    ack_policy: "explicit",
    max_deliver: -1,
    max_ack_pending: 5000,
  });
});

test.concurrent("provisioning again changes nothing and loses nothing", async () => {
  await using world = await startBus();
  await using raw = await connectRaw(world.server.url);
  await world.bus.publish(change("text", 1));
  const before = await describeAll(raw);

  await world.bus.provision({ replicas: 1 });

  expect(await describeAll(raw)).toEqual(before);
  expect(await world.bus.subjects("EVENTS", ">")).toHaveLength(1);
});

test.concurrent("three processes that provision at the same time all succeed", async () => {
  await using server = await startNatsServer();
  await using _one = startFixture("provision.fixture.ts", { TEST_NATS_URL: server.url });
  await using _two = startFixture("provision.fixture.ts", { TEST_NATS_URL: server.url });
  await using _three = startFixture("provision.fixture.ts", { TEST_NATS_URL: server.url });

  expect(await Promise.all([_one.ended, _two.ended, _three.ended])).toEqual([0, 0, 0]);
  await using raw = await connectRaw(server.url);
  expect((await describeAll(raw)).streams.map(({ name }) => name)).toEqual(everyStream);
});

test.concurrent("many that rebuild EVENTS at the same time all succeed", async () => {
  await using world = await startBus();
  await using raw = await connectRaw(world.server.url);
  await world.bus.publish(change("text", 1));
  const buses = await Promise.all(Array.from({ length: 6 }, () => world.connect()));

  for (let round = 0; round < 3; round += 1) {
    await raw.jsm.streams.delete("EVENTS");
    await Promise.all(buses.map((bus) => bus.provision({ replicas: 1 })));
  }

  expect((await world.bus.publish(change("text", 2))).seq).toBeGreaterThan(1);
});

test.concurrent("a queue takes what comes after EVENTS was rebuilt (spec: bus, trap 18)", async () => {
  await using world = await startBus();
  await using raw = await connectRaw(world.server.url);
  const { bus } = world;
  for (const ordinal of [1, 2, 3]) await bus.publish(change("text", ordinal));
  const newest = () => bus.last("WORK_COMPARATOR", "work.comparator.catalog.text");
  await vi.waitUntil(async () => (await newest())?.sourceSeq === 3);

  await raw.jsm.streams.delete("EVENTS");
  await bus.provision({ replicas: 1 });
  const { seq } = await bus.publish(change("text", 4));

  await vi.waitUntil(async () => (await newest())?.sourceSeq === seq, { timeout: 8000 });
});

test.concurrent("what is missing is named, with what to do about it", async () => {
  await using server = await startNatsServer();
  await using bus = await connectTo(server.url);
  const missing = { code: "BUS_NOT_PROVISIONED", hint: "run `lockstep provision`" };

  await expect(bus.eventsCreated()).rejects.toMatchObject(missing);
  await expect(bus.last("EVENTS", ">")).rejects.toMatchObject(missing);
  await expect(bus.bucket("state").read("a")).rejects.toMatchObject(missing);
  await expect(bus.bucket("state").keys(">")).rejects.toMatchObject(missing);
  await expect(bus.consume("WORK_PUBLISHER", "publisher", 1)).rejects.toMatchObject(missing);
  await bus.provision({ replicas: 1 });
  await expect(bus.consume("WORK_PUBLISHER", "somebody", 1)).rejects.toMatchObject(missing);
});
