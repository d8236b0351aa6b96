import { expect, test, vi } from "vitest";
import { change, changeQueue, reportOf } from "../../testing/change-queue.ts";
import { diff, diffQueue } from "../../testing/diff-queue.ts";
import { createGate } from "../../testing/gate.ts";
import { connectRaw, type RawConnection } from "../../testing/raw-connection.ts";
import { startBus } from "../../testing/start-bus.ts";
import { startWork } from "../../testing/start-work.ts";
import { untilDone } from "../../testing/until-done.ts";

test.concurrent("a busy replica takes no more than it can run: the rest goes to an idle one at once", async () => {
  await using world = await startBus();
  const { bus } = world;
  const gate = createGate();
  const [busy, idle] = [new Set<string>(), new Set<string>()];
  const blocked = changeQueue(async (event, context) => {
    busy.add(event.route);
    await gate.pass(context.signal);
    return reportOf(event, context);
  });
  await using _busy = startWork(blocked, { bus, limits: { concurrency: 2 } });
  for (let route = 0; route < 50; route += 1) await bus.publish(change(`r-${route}`, 1));
  await vi.waitUntil(() => busy.size === 2);

  const quick = changeQueue((event, context) => {
    idle.add(event.route);
    return Promise.resolve(reportOf(event, context));
  });
  await using _idle = startWork(quick, { bus: await world.connect() });

  await vi.waitUntil(() => idle.size === 48, { timeout: 5000 });
  expect([...busy].filter((route) => idle.has(route))).toEqual([]);
  gate.open();
});

test.concurrent("a replica that is stopped hands back what it holds: another has it at once, not after ack_wait", async () => {
  await using world = await startBus();
  const { bus } = world;
  const gate = createGate();
  const begun: string[] = [];
  const blocked = changeQueue(async (event, context) => {
    begun.push(event.route);
    await gate.pass(context.signal);
    return reportOf(event, context);
  });
  await using stopped = startWork(blocked, { bus: await world.connect(), limits: { concurrency: 3 } });
  const stored = await Promise.all(["a", "b", "c", "d", "e"].map((route) => bus.publish(change(route, 1))));
  await vi.waitUntil(() => begun.length === 3);

  await stopped.stop();
  const handedBack = performance.now();
  await using _other = startWork(
    changeQueue((event, context) => Promise.resolve(reportOf(event, context))),
    { bus },
  );
  for (const [index, { seq }] of stored.entries()) await untilDone(bus, "abcde".charAt(index), seq);

  expect(performance.now() - handedBack).toBeLessThan(3000);
  expect(begun).toHaveLength(3);
});

test.concurrent("a replica that is stopped while it waits for work ends, and one that is stopped before it begins too", async () => {
  await using world = await startBus();
  await using raw = await connectRaw(world.server.url);
  const queue = changeQueue(() => Promise.reject(new Error("never called")));
  await using idle = startWork(queue, { bus: world.bus });
  await using never = startWork(queue, { bus: world.bus });

  await never.stop();
  await vi.waitUntil(async () => (await requestsOf(raw)) > 0);
  await idle.stop();

  await vi.waitUntil(async () => (await requestsOf(raw)) === 0);
});

test.concurrent("a loop whose consumer is deleted ends with an error that says what to do", async () => {
  await using world = await startBus();
  await using raw = await connectRaw(world.server.url);
  const queue = changeQueue(() => Promise.resolve({ events: [] }));
  const replica = startWork(queue, { bus: world.bus });
  await vi.waitUntil(async () => (await requestsOf(raw)) > 0);
  const ended = replica.ended.catch((error: unknown) => error);

  await raw.jsm.streams.delete("WORK_COMPARATOR");

  expect(await ended).toMatchObject({ code: "BUS_NOT_PROVISIONED" });
});

test.concurrent("targets of one repository take turns, under one lease and without waiting for another delivery (I1)", async () => {
  await using world = await startBus();
  const { bus } = world;
  const gate = createGate();
  const runs: { target: string; lease: number | undefined }[] = [];
  let [now, most] = [0, 0];
  const repository = "127.0.0.1:8080/acme/web";
  const queue = diffQueue(["one.t", "two.t"], async ({ route }, { signal }) => {
    now += 1;
    most = Math.max(most, now);
    const lease = await bus.bucket("leases").read("publisher.127.0.0.1=8080/acme/web");
    runs.push({ target: route, lease: lease?.revision });
    if (runs.length === 1) await gate.pass(signal);
    now -= 1;
    return { events: [] };
  });
  await using _one = startWork(queue, { bus });
  await using _two = startWork(queue, { bus: await world.connect() });

  await bus.publish(diff({ route: "one", target: "t", repository }));
  await vi.waitUntil(() => runs.length === 1);
  await bus.publish(diff({ route: "two", target: "t", repository }));
  await vi.waitUntil(async () => (await bus.last("WORK_PUBLISHER", "work.publisher.catalog.two.t")) !== undefined);
  gate.open();
  await vi.waitUntil(async () => (await bus.last("WORK_PUBLISHER", ">")) === undefined, { timeout: 5000 });

  expect(runs.map(({ target }) => target)).toEqual(["one", "two"]);
  expect(runs[1]?.lease).toBe(runs[0]?.lease);
  expect(runs[0]?.lease).toBeGreaterThan(0);
  expect(most).toBe(1);
});

test.concurrent("a target whose repository was changed is carried out under the new one's lease", async () => {
  await using world = await startBus();
  const { bus } = world;
  const leases: (readonly string[])[] = [];
  const queue = diffQueue([], async () => {
    leases.push(await bus.bucket("leases").keys(">"));
    return { events: [] };
  });
  await bus.publish(diff({ route: "one", target: "t", repository: "github.com/acme/old" }, 1));
  await bus.publish(diff({ route: "one", target: "t", repository: "github.com/acme/new" }, 2));

  await using _replica = startWork(queue, { bus });
  await vi.waitUntil(async () => leases.length > 0 && (await bus.last("WORK_PUBLISHER", ">")) === undefined);

  expect(leases.at(-1)).toContain("publisher.github.com/acme/new");
});

/** How many replicas are asking for work right now. */
async function requestsOf({ jsm }: RawConnection): Promise<number> {
  return (await jsm.consumers.info("WORK_COMPARATOR", "comparator")).num_waiting;
}
