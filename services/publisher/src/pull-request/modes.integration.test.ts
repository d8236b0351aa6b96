import { startForge, type Forge } from "@lockstep/sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createWorld, type PublishingWorld, type WorldOptions } from "./testing/publishing-world.ts";
import { catalogFile } from "./testing/small-comparator.ts";

let forge: Forge;
beforeAll(async () => {
  forge = await startForge();
});
afterAll(() => forge.close());
beforeEach(() => {
  forge.faults.clear();
  forge.log.clear();
});
afterEach(() => {
  if (forge.violations.length > 0) throw new Error(forge.violations.join("\n"));
});

const two: WorldOptions = {
  files: { text: "db.json", image: "sd.json" },
  begin: { "db.json": { one: 1 }, "sd.json": { red: 1 } },
};
const text = { one: 1, two: 2 };
const image = { red: 1, green: 2 };

function branches({ repository }: PublishingWorld): readonly string[] {
  return [...forge.refs(repository).keys()]
    .filter((ref) => ref.startsWith("refs/heads/sync/"))
    .map((ref) => ref.slice(11));
}

function open({ repository }: PublishingWorld): readonly number[] {
  return forge.pulls(repository).flatMap(({ number, state }) => (state === "open" ? [number] : []));
}

test("unbatched: one pull request for each category, and one list for all of them when nothing changes", async () => {
  await using world = await createWorld(forge, { ...two, target: { batch: false } });

  const ran = await world.publish({ text, image });
  forge.log.clear();
  const again = await world.publish({ text, image });

  expect(ran.outcomes).toMatchObject([
    { action: "opened", branch: "sync/models/text", categories: ["text"], remaining: 1 },
    { action: "opened", branch: "sync/models/image", categories: ["image"], remaining: 0 },
  ]);
  expect(forge.pulls(world.repository).map(({ title }) => title)).toEqual([
    "Sync models (text): +1 −0 ~0",
    "Sync models (image): +1 −0 ~0",
  ]);
  expect(again.actions).toEqual(["unchanged sync/models/text", "unchanged sync/models/image"]);
  expect(forge.log.counts()).toMatchObject({ fetches: 1, pushes: 0, api: 1 });
});

test("a category that fails does not close what only it had changed", async () => {
  await using world = await createWorld(forge, two);
  await world.publish({ text: { one: 1 }, image });
  forge.log.clear();

  const ran = await world.publish({ text: { one: 1 }, image: null });
  world.state.record = undefined;
  const forgotten = await world.publish({ text: { one: 1 }, image: null });

  expect(ran.outcomes).toMatchObject([{ action: "updated", failed: [{ part: "image" }] }]);
  expect(forgotten.outcomes).toMatchObject([{ number: 1, failed: [{ part: "image" }] }]);
  expect(forge.log.counts().pushes).toBe(0);
  expect(open(world)).toEqual([1]);
});

test.concurrent("batch: categories share a commit and a pull request", async () => {
  await using world = await createWorld(forge, two);

  const ran = await world.publish({ text, image });

  expect(ran.outcomes).toMatchObject([{ action: "opened", categories: ["text", "image"], counts: { added: 2 } }]);
  expect(branches(world)).toEqual(["sync/models"]);
  expect(await forge.history(world.repository, "main..sync/models")).toHaveLength(1);
});

test.concurrent("unbatched: only what changes is told, and a category that comes back in step closes its own", async () => {
  await using world = await createWorld(forge, { ...two, target: { batch: false } });

  expect((await world.publish({ text, image: { red: 1 } })).actions).toEqual(["opened"]);
  const ran = await world.publish({ text: { one: 1 }, image });

  expect(ran.actions).toEqual(["closed sync/models/text", "opened sync/models/image"]);
  expect((await world.publish({ text: { one: 1 }, image: { red: 1 } })).actions).toEqual(["closed"]);
  expect((await world.publish({ text: { one: 1 }, image: { red: 1 } })).outcomes).toHaveLength(1);
});

test.concurrent.each([true, false])(
  "switching `batch` from %s: what git cannot have beside it goes first",
  async (batch) => {
    await using world = await createWorld(forge, { ...two, target: { batch } });
    await world.publish({ text, image });
    const before = branches(world);
    world.configure({ target: { batch: !batch } });

    const diff = await world.diff({ text, image });
    await world.run(diff, { dies: true });
    const ran = await world.run(diff);

    expect(branches(world)).toEqual(batch ? ["sync/models/image", "sync/models/text"] : ["sync/models"]);
    expect(ran.actions.toSorted()).toEqual(
      [...before.map((name) => `closed ${name}`), ...branches(world).map((name) => `opened ${name}`)].toSorted(),
    );
    expect(forge.pulls(world.repository).slice(0, before.length)).toMatchObject(
      before.map(() => ({ state: "closed" })),
    );
  },
);

test.concurrent("switching `batch` with the record lost finds the old branches all the same", async () => {
  await using world = await createWorld(forge, two);
  await world.publish({ text, image });
  world.state.record = undefined;
  world.configure({ target: { batch: false } });

  await world.publish({ text, image });

  expect(branches(world)).toEqual(["sync/models/image", "sync/models/text"]);
  expect(open(world)).toEqual([2, 3]);
});

test.concurrent("switching `batch` where a person works on the old branch: held, their branch stays (I8)", async () => {
  await using world = await createWorld(forge, two);
  await world.publish({ text, image });
  await forge.commit(world.repository, { branch: "sync/models", files: { "mine.txt": "mine" } });
  world.configure({ target: { batch: false } });

  const ran = await world.publish({ text, image });

  expect(ran.actions).toEqual(["held sync/models/text", "held sync/models/image"]);
  expect(branches(world)).toEqual(["sync/models"]);
  expect(open(world)).toEqual([1]);
});

test.concurrent("two targets of a route in one repository keep to branches of their own", async () => {
  const other = { files: { image: "sd.json" } };
  await using world = await createWorld(forge, { ...two, target: { files: { text: "db.json" } }, targets: { other } });

  const first = await world.run(await world.diff({ text }));
  const record = world.state.record;
  world.state.record = undefined;
  const second = await world.run(await world.diff({ image }, "other"));
  world.state.record = record;

  expect(first.outcomes).toMatchObject([{ action: "opened", branch: "sync/models_text" }]);
  expect(second.outcomes).toMatchObject([{ action: "opened", branch: "sync/models_other" }]);
  expect((await world.publish({ text })).actions).toEqual(["unchanged"]);
});

test.concurrent("a category that fails keeps its file and its part of the open pull request (I10)", async () => {
  await using world = await createWorld(forge, two);
  await world.publish({ text, image });

  const ran = await world.publish({ text: { ...text, three: 3 }, image: null });

  expect(ran.outcomes).toMatchObject([{ action: "updated", failed: [{ part: "image", code: "SOURCE_UNAVAILABLE" }] }]);
  expect(await forge.readFile(world.repository, "sync/models", "sd.json")).toEqual(catalogFile(image));
  expect(forge.pulls(world.repository)[0]?.body).toContain("what this pull request has of it stays");
  expect((await world.publish({ text: { ...text, three: 3 }, image })).actions).toEqual(["updated"]);
});

test.concurrent("a failed category whose file a person edits meanwhile gives way to the edit (I8)", async () => {
  await using world = await createWorld(forge, two);
  await world.publish({ text, image });
  const edited = catalogFile({ red: 1, person: 9 });
  await forge.commit(world.repository, { files: { "sd.json": edited } });

  await world.publish({ text, image: null });

  expect(await forge.readFile(world.repository, "sync/models", "sd.json")).toEqual(edited);
  expect(await forge.readFile(world.repository, "sync/models", "db.json")).toEqual(catalogFile(text));
});
