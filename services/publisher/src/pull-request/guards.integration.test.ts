import { startForge, type Forge } from "@lockstep/sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createWorld } from "./testing/publishing-world.ts";

let forge: Forge;
beforeAll(async () => {
  forge = await startForge();
});
afterAll(() => forge.close());
beforeEach(() => forge.log.clear());
afterEach(() => {
  if (forge.violations.length > 0) throw new Error(forge.violations.join("\n"));
});

/** `count` records, of which the first `changed` are not what they were. */
function records(count: number, changed = 0): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`r${index}`, index < changed ? -1 : index]));
}

const fifty = { begin: { "db.json": records(50) } };

test("too many deletions are held for a person, who lets them through, for good for this content (I7)", async () => {
  await using world = await createWorld(forge, fifty);
  const held = await world.publish({ text: records(30) });
  const again = await world.publish({ text: records(30) });

  expect(held).toMatchObject({ actions: ["held"], alerts: ["DELETIONS_HELD"] });
  expect(held.outcomes[0]?.reason).toContain("20 of 50 records of text would be deleted");
  expect(held.laterMs).toBeUndefined();
  expect(again).toMatchObject({ outcomes: [{ action: "held", repeated: true }], alerts: [] });
  expect(forge.log.counts()).toMatchObject({ pushes: 0, apiWrites: 0 });

  const request = world.request({ allowDeletions: true });
  const allowed = await world.publish({ text: records(30) }, { requests: [request], dies: true });
  expect(allowed).toMatchObject({ actions: ["opened"], usedRequests: [request.seq] });
  expect(await world.publish({ text: records(30) }, { requests: [request] })).toMatchObject({ actions: ["opened"] });

  await forge.commit(world.repository, { files: { "README.md": "Hello" } });
  expect((await world.publish({ text: records(30) })).actions).toEqual(["updated"]);
  const other = await world.publish({ text: records(29) });
  expect(other).toMatchObject({ actions: ["held"], alerts: ["DELETIONS_HELD"] });
  expect(forge.pulls(world.repository)).toMatchObject([{ state: "open", title: "Sync models: +0 −20 ~0" }]);
});

test.concurrent("a permission for other content, or given after the look, lets nothing through", async () => {
  await using world = await createWorld(forge, fifty);
  const diff = await world.diff({ text: records(30) });
  const other = await world.diff({ text: records(31) });
  const requests = [
    { ...world.request({ allowDeletions: true }), seq: diff.throughSeq + 1 },
    { ...world.request({ allowDeletions: true, diffId: other.diffId }), seq: 1 },
  ];

  const ran = await world.run(diff, { requests });

  expect(ran).toMatchObject({ actions: ["held"], usedRequests: [] });
});

test.concurrent("fewer changes than minChanges: nothing, and nobody is told; ignored while ours is open", async () => {
  await using world = await createWorld(forge, { ...fifty, pullRequest: { minChanges: 3 } });

  const few = await world.publish({ text: records(50, 2) });
  const enough = await world.publish({ text: records(50, 3) });
  const fewer = await world.publish({ text: records(50, 1) });

  expect(few.outcomes).toMatchObject([{ action: "unchanged", reason: "2 of the 3 changes that minChanges asks for" }]);
  expect(few).toMatchObject({ alerts: [] });
  expect(few.laterMs).toBeUndefined();
  expect(enough.actions).toEqual(["opened"]);
  expect(fewer.actions).toEqual(["updated"]);
});

const hourMs = 3_600_000;

test.concurrent("outside of its schedule: held, and released by itself", async () => {
  const schedule = [{ cron: "0 3 * * *", duration: "1h", timeZone: "UTC" }];
  await using world = await createWorld(forge, { ...fifty, pullRequest: { schedule } });
  const midnight = Math.floor(world.state.now / (24 * hourMs)) * 24 * hourMs;
  world.state.now = midnight + 5 * hourMs;
  const diff = await world.diff({ text: records(51) });

  const held = await world.run(diff);
  const lookedAgain = await world.run(diff);

  expect(held).toMatchObject({ actions: ["held"], alerts: [], laterMs: midnight + 27 * hourMs });
  expect(held.usedRequests).toBeUndefined();
  expect(lookedAgain).toMatchObject({ events: [], laterMs: midnight + 27 * hourMs });

  world.state.now = midnight + 27 * hourMs;
  expect(await world.run(diff)).toMatchObject({ actions: ["opened"] });
});

const letters = Object.fromEntries(["a", "b", "c"].map((name) => [name, `${name}.json`]));
const changed = { a: { x: 1 }, b: { x: 1 }, c: { x: 1 } };
const unbatched = { files: letters, begin: {}, target: { batch: false } };

test.concurrent("maxOpen: as many as may be, the others held until there is room", async () => {
  await using world = await createWorld(forge, {
    ...unbatched,
    begin: { "README.md": {} },
    pullRequest: { maxOpen: 2 },
  });

  const ran = await world.publish(changed);

  expect(ran.actions).toEqual(["opened sync/models/a", "opened sync/models/b", "held sync/models/c"]);
  expect(ran.laterMs).toBeGreaterThan(world.state.now);
  await forge.merge(world.repository, 1);
  expect((await world.publish(changed)).actions).toEqual([
    "merged sync/models/a",
    "updated sync/models/b",
    "opened sync/models/c",
  ]);
});

test.concurrent("perHour: the others wait until the first is an hour old", async () => {
  await using world = await createWorld(forge, {
    ...unbatched,
    begin: { "README.md": {} },
    pullRequest: { perHour: 1 },
  });
  const diff = await world.diff(changed);

  const ran = await world.run(diff);
  expect(ran.actions).toEqual(["opened sync/models/a", "held sync/models/b", "held sync/models/c"]);
  world.state.now = (ran.laterMs ?? 0) - 1;
  expect((await world.run(diff)).actions).toEqual([]);
  world.state.now = Date.parse(forge.pulls(world.repository)[0]?.createdAt ?? "") + hourMs;
  expect((await world.run(diff)).actions).toEqual(["opened"]);
});

test("a dry run says what it would do and changes nothing", async () => {
  await using world = await createWorld(forge, { ...fifty, route: { dryRun: true } });

  const ran = await world.publish({ text: records(51) });
  const held = await world.publish({ text: records(10) });

  expect(ran.outcomes).toMatchObject([
    { action: "unchanged", reason: "dry run: would open a pull request", counts: { added: 1 } },
  ]);
  expect(held.outcomes).toMatchObject([{ reason: expect.stringContaining("dry run: would be held: 40 of 50") }]);
  expect(held.alerts).toEqual([]);
  expect(ran.record).toBeUndefined();
  expect(forge.log.counts()).toMatchObject({ pushes: 0, apiWrites: 0 });
});
