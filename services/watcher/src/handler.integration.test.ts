import { afterAll, beforeAll, expect, test } from "vitest";
import { dyingBus, startReplica, watchedRoute } from "./testing/replica.ts";
import { causesOf } from "./testing/routes-of.ts";
import { clockFrom, startWorld, type World } from "./testing/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Why the route's changes were published, in order. */
async function causes(route: { readonly name: string }) {
  return (await causesOf(world, route.name)).map(({ kind }) => kind);
}

test("a poll that finds nothing new publishes nothing, and a change is one change-detected", async () => {
  const { source, route, replica } = await watchedRoute(world);
  await replica.poll();
  expect(await causes(route)).toEqual([]);

  await source.setRecord("text", "a", { v: 2 });
  await replica.poll();
  await replica.poll();
  await world.settle();

  expect(world.changes(route.name)).toMatchObject([
    {
      route: route.name,
      trigger: { kind: "poll", id: expect.stringMatching(/^1:[0-9a-f]{32}$/) },
      ordinal: 1,
      revision: expect.stringMatching(/^[0-9a-f]{32}$/),
    },
  ]);
});

test("A → B → A → B is every occurrence, counted up", async () => {
  const { source, route, replica } = await watchedRoute(world);
  for (const v of [2, 1, 2]) {
    await source.setRecord("text", "a", { v });
    await replica.poll();
  }
  await world.settle();
  const changes = world.changes(route.name);

  expect(changes.map(({ ordinal }) => ordinal)).toEqual([1, 2, 3]);
  expect(new Set(changes.map(({ trigger }) => trigger.id)).size).toBe(3);
});

test("a restart neither repeats nor misses a change", async () => {
  const { source, route, replica } = await watchedRoute(world);
  await source.setRecord("text", "a", { v: 2 });
  await replica.poll();

  const second = await startReplica(world, route, { clock: replica.clock });
  await second.poll();
  expect(await causes(route)).toHaveLength(1);
  await source.setRecord("text", "a", { v: 3 });
  const third = await startReplica(world, route, { clock: replica.clock });
  await third.poll();

  expect(await causes(route)).toHaveLength(2);
});

test("a watcher that dies before its event has a successor who publishes it", async () => {
  const { source, route, replica } = await watchedRoute(world);
  await source.setRecord("text", "a", { v: 2 });
  const dying = await startReplica(world, route, { clock: replica.clock, bus: (bus) => dyingBus(bus, 2) });

  await expect(dying.poll()).rejects.toThrow("killed");
  expect(await causes(route)).toEqual([]);
  replica.clock.advance(120_000);
  await replica.poll();

  expect(await causes(route)).toEqual(["poll"]);
});

test("a watcher that dies after its event has a successor who does not repeat it (I3, I6)", async () => {
  const { source, route, replica } = await watchedRoute(world);
  await source.setRecord("text", "a", { v: 2 });
  const dying = await startReplica(world, route, { clock: replica.clock, bus: (bus) => dyingBus(bus, 3) });

  await expect(dying.poll()).rejects.toThrow("killed");
  expect(await causes(route)).toEqual(["poll"]);
  replica.clock.advance(120_000);
  await replica.poll();

  expect(await causes(route)).toEqual(["poll"]);
});

test("a watcher that dies after its event, and a source that goes back: whoever heard the one hears the other", async () => {
  const { source, route, replica } = await watchedRoute(world);
  const before = await source.records("text");
  await source.setLastUpdated("text", 1000);
  await replica.poll();
  await source.setRecord("text", "a", { v: 2 });
  const dying = await startReplica(world, route, { clock: replica.clock, bus: (bus) => dyingBus(bus, 3) });
  await expect(dying.poll()).rejects.toThrow("killed");

  await source.replaceAll("text", before ?? {});
  await source.setLastUpdated("text", 1000);
  replica.clock.advance(120_000);
  await replica.poll();
  await replica.poll();
  await world.settle();

  const [there, away, back, ...more] = world.changes(route.name);
  expect(more).toEqual([]);
  expect(back?.revision).toBe(there?.revision);
  expect(back?.revision).not.toBe(away?.revision);
});

test.each([2, 3])("%i replicas that poll at once announce each change once", async (count) => {
  const { source, route, replica } = await watchedRoute(world);
  const replicas = await Promise.all(
    Array.from({ length: count }, () => startReplica(world, route, { clock: replica.clock })),
  );
  for (let v = 2; v < 8; v += 1) {
    await source.setRecord("text", "a", { v });
    replica.clock.advance(route.triggers.interval * 1.1);
    await Promise.all(replicas.map((one) => one.look()));
  }
  await world.settle();

  expect(world.changes(route.name).map(({ ordinal }) => ordinal)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("a watcher that was frozen past its claim neither publishes nor moves the cursor", async () => {
  const { source, route, replica } = await watchedRoute(world);
  await source.setRecord("text", "a", { v: 2 });
  source.faults.add({ path: "*/text", effect: { kind: "slow", ms: 400 } });
  const frozen = replica.poll();
  await expect.poll(() => source.faults.list()[0]?.struck).toBe(1);

  await source.setRecord("text", "a", { v: 3 });
  const ahead = clockFrom(600_000);
  const second = await startReplica(world, route, { clock: ahead });
  await second.look();
  const outlook = await frozen;

  expect(outlook.isTaken).toBe(true);
  expect(await causes(route)).toEqual(["poll"]);
  await second.poll();
  expect(await causes(route)).toHaveLength(1);
});

test("a watcher that was frozen just before its event does not send it when it wakes", async () => {
  const { source, route, replica } = await watchedRoute(world);
  const [reached, woken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const freezing = await startReplica(world, route, {
    clock: replica.clock,
    bus: (bus) => ({
      ...bus,
      async last(stream, subject) {
        reached.resolve();
        await woken.promise;
        return await bus.last(stream, subject);
      },
    }),
  });
  await source.setRecord("text", "a", { v: 2 });
  const frozen = freezing.poll();
  await reached.promise;
  await source.setRecord("text", "a", { v: 3 });
  await (await startReplica(world, route, { clock: clockFrom(600_000) })).look();
  woken.resolve();

  expect((await frozen).isTaken).toBe(true);
  expect(await causes(route)).toEqual(["poll"]);
});

test("while one polls another keeps away", async () => {
  const { source, replica, route } = await watchedRoute(world);
  source.faults.add({ path: "*last_updated", effect: { kind: "slow", ms: 200 } });
  const polling = replica.poll();
  await expect.poll(() => source.faults.list()[0]?.struck).toBe(1);
  const second = await startReplica(world, route, { clock: replica.clock });

  const requests = source.requests.length;
  const outlook = await second.look();

  expect(outlook).toMatchObject({ isTaken: true });
  expect(outlook.nextMs).toBeGreaterThan(replica.clock.now());
  expect(source.requests.length - requests).toBe(0);
  expect((await polling).isTaken).toBeUndefined();
});

test("a poll that is interrupted lets go of its claim, and counts as nobody's failure", async () => {
  const { source, replica, route } = await watchedRoute(world);
  source.faults.add({ path: "*last_updated", effect: { kind: "slow", ms: 5000 } });
  const stop = new AbortController();
  const polling = replica.poll(stop.signal);
  await expect.poll(() => source.faults.list()[0]?.struck).toBe(1);
  stop.abort(new Error("stopping"));
  await expect(polling).rejects.toThrow("stopping");

  const second = await startReplica(world, route, { clock: replica.clock });
  expect(await second.look()).toMatchObject({ failing: undefined });
  expect(source.requests.length).toBeGreaterThan(2);
});
