import { afterAll, beforeAll, expect, test } from "vitest";
import { alert } from "@lockstep/shared/contracts";
import { routeOf, sourceOf, startReplica, uniqueName, watchedRoute } from "./testing/replica.ts";
import { causesOf } from "./testing/routes-of.ts";
import { startWorld, type World } from "./testing/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Why the route's changes were published, in order. */
async function causes(route: { readonly name: string }) {
  return (await causesOf(world, route.name)).map(({ kind }) => kind);
}

test("without a metadata endpoint the contents are compared", async () => {
  const { source, route, replica } = await watchedRoute(world, {}, { metadata: false });
  await replica.poll();
  expect(await causes(route)).toEqual([]);
  await source.setRecord("text", "a", { v: 2 });
  await replica.poll();

  expect(await causes(route)).toEqual(["poll"]);
  expect(source.requests.at(-1)).toMatchObject({ path: expect.stringMatching(/\/text$/), status: 200 });
});

test("a metadata endpoint that answers 503 for a while is no reason to stop, nor a change", async () => {
  const { source, route, replica } = await watchedRoute(world);
  source.faults.add({ path: "*last_updated", times: 2, effect: { kind: "status", status: 503 } });
  await replica.poll();
  await replica.poll();
  await replica.poll();

  expect(await causes(route)).toEqual([]);
  expect(replica.lines.filter(({ level }) => level === "warn")).toEqual([]);
});

test("a timestamp that goes backwards is a change, and so is null that becomes a value", async () => {
  const { source, route, replica } = await watchedRoute(world);
  await source.setLastUpdated("text", 1000);
  await replica.poll();
  await source.setLastUpdated("text", null);
  await replica.poll();
  await replica.poll();
  await source.setLastUpdated("text", 1000);
  await replica.poll();

  expect(await causes(route)).toHaveLength(3);
});

test("an edit within the second of the last one is seen, though the timestamp stands still", async () => {
  const { source, route, replica } = await watchedRoute(world);
  const second = Math.floor(Date.now() / 1000) + 2;
  await source.setRecord("text", "a", { v: 2 });
  await source.setLastUpdated("text", second);
  await replica.poll();
  await source.setRecord("text", "a", { v: 3 });
  await source.setLastUpdated("text", second);
  await replica.poll();

  expect(await causes(route)).toHaveLength(2);
});

test("content that is settled is not asked for again", async () => {
  const source = await sourceOf();
  await source.setLastUpdated("text", 1000);
  const replica = await startReplica(world, routeOf(uniqueName(), source.url));
  await replica.look();
  await replica.poll();

  expect(source.requests.map(({ path }) => path.split("/").at(-1))).toEqual(["last_updated", "text", "last_updated"]);
});

test("one category that cannot be read leaves the others alone (I10)", async () => {
  const { source, route, replica } = await watchedRoute(world, { source: "categories: [text, image]" });
  source.faults.add({ path: "*text*", times: "always", effect: { kind: "status", status: 500 } });
  await source.setRecord("image", "a", { v: 2 });
  await source.setRecord("text", "a", { v: 2 });
  const outlook = await replica.poll();

  expect(outlook.failing).toBeUndefined();
  expect(await causes(route)).toHaveLength(1);
  expect(replica.lines).toContainEqual(
    expect.objectContaining({ level: "warn", msg: "cannot be read", category: "text", code: "SOURCE_UNAVAILABLE" }),
  );
  source.faults.clear();
  await replica.poll();
  expect(await causes(route)).toHaveLength(2);
});

test("a category that asks to be left alone is, and with it the route", async () => {
  const { source, replica } = await watchedRoute(world, { source: "categories: [text, image]" });
  const effect = { kind: "status", status: 429, headers: { "retry-after": "600" } } as const;
  source.faults.add({ path: "*/metadata/text/*", effect });
  const { nextMs } = await replica.poll();

  expect(nextMs - replica.clock.now()).toBeGreaterThan(590_000);
});

test("after 10 failures in a row the route is suspended: one alert, one critical line, a slow probe", async () => {
  const { source, route, replica } = await watchedRoute(world);
  source.faults.add({ times: "always", effect: { kind: "drop", when: "before" } });
  const outlooks = [];
  for (let poll = 0; poll < 12; poll += 1) {
    const { failing, nextMs } = await replica.look();
    replica.clock.advance(nextMs - replica.clock.now());
    outlooks.push(failing?.suspended);
  }
  await world.settle();

  // The first look was not due yet.
  expect(outlooks).toEqual([undefined, ...Array(9).fill(false), true, true]);
  const alerts = world.events.filter(({ subject }) => subject === alert.subject({ route: route.name }));
  expect(alerts.map(({ subject, body }) => alert.parse(subject, body))).toMatchObject([
    { code: "SOURCE_SUSPENDED", message: expect.stringContaining("failed 10 times in a row") },
  ]);
  expect(replica.lines.filter(({ level }) => level === "fatal")).toMatchObject([{ msg: "source suspended" }]);

  source.faults.clear();
  await source.setRecord("text", "a", { v: 2 });
  expect((await replica.look()).failing).toBeUndefined();
  expect(await causes(route)).toEqual(["poll"]);
  expect(replica.lines).toContainEqual(expect.objectContaining({ msg: "source is back, resumed" }));
});

test("failures are counted over restarts, and only a success resets the count", async () => {
  const { source, route, replica } = await watchedRoute(world);
  source.faults.add({ times: "always", effect: { kind: "drop", when: "before" } });
  for (let count = 1; count <= 3; count += 1) {
    const restarted = await startReplica(world, route, { clock: replica.clock });
    expect((await restarted.poll()).failing?.count).toBe(count);
  }
  source.faults.clear();
  expect((await replica.poll()).failing).toBeUndefined();
  source.faults.add({ times: "always", effect: { kind: "drop", when: "before" } });
  expect((await replica.poll()).failing?.count).toBe(1);
});
