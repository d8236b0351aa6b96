import { afterAll, beforeAll, expect, test } from "vitest";
import { startSource, type EditableSource } from "@lockstep/sandbox";
import { prPublished } from "@lockstep/shared/contracts";
import { routeCursor } from "./cursor.ts";
import { causesOf, routesOf, untilChanges } from "./testing/routes-of.ts";
import { runWatcher } from "./testing/run-watcher.ts";
import { configOf, startWorld, type World } from "./testing/world.ts";

let world: World;
let source: EditableSource;
beforeAll(async () => {
  world = await startWorld();
  source = await startSource({ catalogs: { text: { a: { v: 1 } } } });
});
afterAll(async () => {
  await source.close();
  await world[Symbol.asyncDispose]();
});

let names = 0;
const uniqueName = () => `service-${(names += 1)}`;

test("a manual trigger ends a suspension at once", async () => {
  const route = uniqueName();
  const store = routeCursor(world.bus.bucket("state"), route);
  const failing = { count: 12, sinceMs: 1, code: "SOURCE_TIMEOUT", message: "", suspended: true };
  const far = Date.now() + 3_600_000;
  await store.write({ generation: 0, reconciles: 0, nextPollAtMs: far, nextReconcileAtMs: far, failing }, 0);
  await runWatcher(world, { config: configOf(routesOf(source.url, { [route]: {} })) });
  await world.publishByHand(`lockstep.trigger.${route}`, "");

  await expect.poll(async () => (await store.read()).value?.categories, { timeout: 10_000 }).toBeDefined();
  expect((await store.read()).value?.failing).toBeUndefined();
});

test("replicas that start together look once where that is wished, and a later start looks again", async () => {
  const route = uniqueName();
  const config = configOf(routesOf(source.url, { [route]: { triggers: "interval: 1h, onStartup: true" } }));
  const store = routeCursor(world.bus.bucket("state"), route);
  const watchers = await Promise.all([1, 2, 3].map(() => runWatcher(world, { config })));
  await expect.poll(async () => (await store.read()).value?.lastPollAtMs, { timeout: 10_000 }).toBeDefined();
  await Promise.all(watchers.map((watcher) => watcher.stop()));
  expect(await causesOf(world, route)).toEqual([{ kind: "startup", id: "1" }]);

  const { value, revision } = await store.read();
  if (value === undefined) throw new Error("there is no cursor");
  await store.write({ ...value, starts: { count: 1, atMs: Date.now() - 60_000 } }, revision);
  await runWatcher(world, { config });
  expect(await untilChanges(world, route, 2)).toContainEqual({ kind: "startup", id: "2" });
});

test("a route is reconciled although nothing changed, once for all replicas", async () => {
  const route = uniqueName();
  const config = configOf(routesOf(source.url, { [route]: { triggers: "interval: 1h, policy: webhook-only" } }));
  const store = routeCursor(world.bus.bucket("state"), route);
  const cursor = { generation: 0, reconciles: 4, nextPollAtMs: 0, nextReconcileAtMs: Date.now() - 1 };
  await store.write(cursor, 0);
  await Promise.all([1, 2].map(() => runWatcher(world, { config })));
  await expect.poll(async () => (await store.read()).value?.reconciles, { timeout: 10_000 }).toBe(5);

  expect(await causesOf(world, route)).toEqual([{ kind: "reconcile", id: "5" }]);
  expect((await store.read()).value?.nextReconcileAtMs).toBeGreaterThan(Date.now() + 80_000_000);
});

test("with webhook-only nothing is polled, neither source nor targets, while its neighbour is", async () => {
  const [quiet, polled] = [uniqueName(), uniqueName()];
  await using silent = await startSource({ catalogs: { text: { a: {} } } });
  const config = configOf(
    routesOf(source.url, {
      [quiet]: { url: silent.url, triggers: "interval: 20ms, targetInterval: 20ms, policy: webhook-only" },
      [polled]: { triggers: "interval: 20ms" },
    }),
  );
  const before = source.requests.length;
  const { lines } = await runWatcher(world, { config, statusLineMs: 50 });
  await expect.poll(() => source.requests.length - before).toBeGreaterThan(6);
  await expect.poll(() => lines.some(({ msg }) => msg === "watching")).toBe(true);

  expect(silent.requests).toEqual([]);
  expect(lines.find(({ msg }) => msg === "watching")).toMatchObject({ targets: { watched: 2 } });
  await world.publishByHand(`lockstep.trigger.${quiet}`, "");
  await untilChanges(world, quiet, 1);
});

test("a route that comes after another is looked at when something of that one was merged", async () => {
  const [first, second] = [uniqueName(), uniqueName()];
  const config = configOf(
    routesOf(source.url, { [first]: {}, [second]: { triggers: `interval: 1h, after: [${first}]` } }),
  );
  await runWatcher(world, { config });
  const outcome = {
    route: first,
    target: "t",
    repository: "127.0.0.1:9/acme/one",
    branch: "sync/one",
    categories: ["text"],
    counts: { added: 1, removed: 0, modified: 0 },
    failed: [],
    diffId: "0".repeat(64),
    throughSeq: 1,
    remaining: 0,
    warnings: [],
  };
  await world.bus.publish(prPublished.create({ ...outcome, action: "opened" }));
  await world.bus.publish({ ...prPublished.create({ ...outcome, action: "merged" }), data: { broken: true } });
  const { seq } = await world.bus.publish(prPublished.create({ ...outcome, action: "merged", throughSeq: 2 }));

  expect(await untilChanges(world, second, 1)).toEqual([{ kind: "upstream", id: String(seq) }]);
  expect(await causesOf(world, first)).toEqual([]);
});

test("routes that are added and removed while it runs are taken up", async () => {
  const [first, second] = [uniqueName(), uniqueName()];
  await using other = await startSource({ catalogs: { text: { a: { v: 1 } } } });
  const polled = { url: other.url, triggers: "interval: 20ms" };
  const config = configOf(routesOf(source.url, { [first]: polled }));
  const { lines } = await runWatcher(world, { config });
  await expect.poll(() => other.requests.length).toBeGreaterThan(4);

  config.change(routesOf(source.url, { [second]: { triggers: "interval: 20ms" } }));
  const before = source.requests.length;
  await expect.poll(() => source.requests.length - before).toBeGreaterThan(2);
  const left = other.requests.length;
  await expect.poll(() => source.requests.length - before).toBeGreaterThan(8);
  expect(other.requests.length).toBe(left);

  config.change(routesOf(source.url, { [first]: polled }));
  await expect.poll(() => other.requests.length).toBeGreaterThan(left + 4);
  await other.setRecord("text", "a", { v: 2 });
  expect(await untilChanges(world, first, 1)).toMatchObject([{ kind: "poll" }]);
  expect(lines.filter(({ level, msg }) => level === "error" || String(msg).startsWith("look failed"))).toEqual([]);
});

test("a status line says that it is alive, what it waits for, and what is suspended", async () => {
  const [ill, well] = [uniqueName(), uniqueName()];
  const failing = { count: 10, sinceMs: 1, code: "SOURCE_TIMEOUT", message: "", suspended: true };
  const far = Date.now() + 3_600_000;
  const store = routeCursor(world.bus.bucket("state"), ill);
  await store.write({ generation: 0, reconciles: 0, nextPollAtMs: far, nextReconcileAtMs: far, failing }, 0);
  const config = configOf(routesOf(source.url, { [ill]: {}, [well]: {} }));
  const { lines } = await runWatcher(world, { config, statusLineMs: 50 });
  const watching = () => lines.findLast(({ msg }) => msg === "watching");
  await expect
    .poll(watching)
    .toMatchObject({ connected: true, routes: 2, suspended: [ill], webhooks: "not configured" });

  await expect.poll(() => Date.parse(Object(watching()?.["next"])[well] ?? "")).toBeGreaterThan(Date.now() + 3_300_000);
});

test("it stops within a second, whatever it is doing", async () => {
  const route = uniqueName();
  await using slow = await startSource({ catalogs: { text: { a: {} } } });
  slow.faults.add({ times: "always", effect: { kind: "slow", ms: 20_000 } });
  const watcher = await runWatcher(world, { config: configOf(routesOf(source.url, { [route]: { url: slow.url } })) });
  await expect.poll(() => slow.faults.list()[0]?.struck).toBe(1);

  const stoppedAt = performance.now();
  await watcher.stop();

  expect(performance.now() - stoppedAt).toBeLessThan(1000);
});
