import { startForge, type Forge } from "@lockstep/sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createWorld, type PublishingWorld, type WorldOptions } from "./testing/publishing-world.ts";

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

const replace: WorldOptions = { ...two, pullRequest: { mode: "replace" } };

test("replace: a new branch and pull request for each change, then the older one closed and its branch deleted", async () => {
  await using world = await createWorld(forge, replace);
  const first = await world.publish({ text, image: { red: 1 } });
  const second = await world.diff({ text, image });
  await world.run(second, { dies: true });
  forge.log.clear();
  const ran = await world.run(second);

  const [name = ""] = branches(world);
  expect(first.outcomes[0]?.branch).toMatch(/^sync\/text\/\d{8}-\d{6}$/);
  expect(name).toMatch(/^sync\/multi-category\/\d{8}-\d{6}$/);
  expect(ran.actions).toEqual([`opened ${name}`, `closed ${first.outcomes[0]?.branch}`]);
  expect(branches(world)).toHaveLength(1);
  expect(open(world)).toEqual([2]);
  expect(forge.comments(world.repository, 1).map(({ body }) => body)).toEqual([
    expect.stringContaining("replaced by #2"),
  ]);
  expect((await world.publish({ text, image })).actions).toEqual(["unchanged"]);
});

test("replace: opened before the older one is closed, so that a death between leaves both", async () => {
  await using world = await createWorld(forge, replace);
  await world.publish({ text });
  forge.faults.add({ method: "PATCH", path: "*/pulls/1", effect: { kind: "status", status: 500, body: {} } });
  const diff = await world.diff({ text, image });

  await expect(world.run(diff)).rejects.toThrow(expect.objectContaining({ code: "GITHUB_UNAVAILABLE" }));

  expect(open(world)).toEqual([1, 2]);
  await world.run(diff);
  expect(open(world)).toEqual([2]);
});

test.concurrent("replace: with the record lost, the marker tells which ones are ours", async () => {
  await using world = await createWorld(forge, replace);
  await world.publish({ text });
  world.state.record = undefined;

  await world.publish({ text, image });

  expect(open(world)).toEqual([2]);
  expect(branches(world)).toHaveLength(1);
});

test.concurrent("replace: what a person closed is not opened again, and a base that moved makes no new one", async () => {
  await using world = await createWorld(forge, replace);
  await world.publish({ text });
  await forge.commit(world.repository, { files: { "README.md": "Hello" } });
  expect((await world.publish({ text })).outcomes).toMatchObject([{ action: "updated", number: 1 }]);
  await forge.closePull(world.repository, 1);

  expect((await world.publish({ text })).actions).toEqual(["closed"]);
  expect((await world.publish({ text })).actions).toEqual(["unchanged"]);
  expect((await world.publish({ text: { ...text, three: 3 } })).outcomes[0]).toMatchObject({
    action: "opened",
    number: 2,
  });
});

test.concurrent("replace: a name that somebody has already gets the event's sequence", async () => {
  await using world = await createWorld(forge, replace);
  const diff = await world.diff({ text });
  const stamp = diff.detectedAt.slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  const theirs = await forge.commit(world.repository, { branch: `sync/text/${stamp}`, files: { "mine.txt": "mine" } });

  const ran = await world.run(diff);

  expect(ran.outcomes).toMatchObject([{ action: "opened", branch: `sync/text/${stamp}-${diff.throughSeq + 1}` }]);
  expect(forge.refs(world.repository).get(`refs/heads/sync/text/${stamp}`)).toBe(theirs);
});

test.concurrent("replace: an older one with a person's commit stays open and is told why (I8)", async () => {
  await using world = await createWorld(forge, replace);
  const [first] = (await world.publish({ text })).outcomes;
  await forge.commit(world.repository, { branch: first?.branch ?? "", files: { "mine.txt": "mine" } });

  const ran = await world.publish({ text, image });

  expect(ran.alerts).toEqual(["PERSON_COMMITS"]);
  expect(open(world)).toEqual([1, 2]);
  expect(forge.comments(world.repository, 1)).toHaveLength(1);
  expect((await world.publish({ text, image })).alerts).toEqual([]);
});

test.concurrent("from update to replace: the stable branch goes when the new one exists", async () => {
  await using world = await createWorld(forge, two);
  await world.publish({ text });
  world.configure({ pullRequest: { mode: "replace" } });

  await world.publish({ text });

  expect(open(world)).toEqual([2]);
  expect(branches(world)).toMatchObject([expect.stringMatching(/^sync\/text\//)]);
});
