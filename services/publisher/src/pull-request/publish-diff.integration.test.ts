import { startForge, type Forge } from "@lockstep/sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { catalogFile } from "./testing/small-comparator.ts";
import { createWorld } from "./testing/publishing-world.ts";

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

const begin = { one: 1, two: 2 };
const more = { one: 1, two: 2, three: 3 };
const most = { one: 1, two: 2, three: 3, four: 4 };
const branch = "sync/models";
const ref = `refs/heads/${branch}`;

test("a first change is pushed and opened, with at most 4 calls", async () => {
  const pullRequest = { labels: ["sync"], reviewers: ["rita"], teamReviewers: ["core"], assignees: ["ada"] };
  await using world = await createWorld(forge, { pullRequest });
  for (const login of ["rita", "ada"]) forge.addCollaborator(world.repository, login);
  forge.addTeam("acme", "core");

  const ran = await world.publish({ text: more });

  expect(ran.outcomes).toMatchObject([{ action: "opened", branch, number: 1, remaining: 0, warnings: [] }]);
  expect(forge.log.counts()).toMatchObject({ fetches: 1, pushes: 1, api: 4 });
  const [pull] = forge.pulls(world.repository);
  expect(pull).toMatchObject({
    title: "Sync models: +1 −0 ~0",
    labels: ["sync"],
    reviewers: ["rita"],
    assignees: ["ada"],
  });
  expect(await forge.readFile(world.repository, ref, "db.json")).toEqual(catalogFile(more));
  expect(ran.outcomes[0]?.head).toBe(forge.refs(world.repository).get(ref));
});

test("the same diff delivered twice opens nothing and is unchanged, with 1 fetch and 1 call (I3)", async () => {
  await using world = await createWorld(forge);
  const diff = await world.diff({ text: more });
  await world.run(diff);
  const refs = forge.refs(world.repository);
  forge.log.clear();

  const again = await world.run({ ...diff, throughSeq: diff.throughSeq + 1 });

  expect(again.actions).toEqual(["unchanged"]);
  expect(forge.log.counts()).toMatchObject({ fetches: 1, pushes: 0, api: 1 });
  expect(forge.refs(world.repository)).toEqual(refs);
});

test("newer content updates the open one, with 1 fetch, 1 push and 2 calls", async () => {
  await using world = await createWorld(forge);
  await world.publish({ text: more });
  forge.log.clear();

  const diff = await world.diff({ text: most });
  const died = await world.run(diff, { dies: true });

  expect(died.outcomes).toMatchObject([{ action: "updated", number: 1 }]);
  expect(forge.log.counts()).toMatchObject({ fetches: 1, pushes: 1, api: 2 });
  expect((await world.run(diff)).events).toEqual(died.events);
  expect(forge.pulls(world.repository)).toMatchObject([{ title: "Sync models: +2 −0 ~0" }]);
  expect(await forge.readFile(world.repository, ref, "db.json")).toEqual(catalogFile(most));
});

test("a change after a merge that is the base's tip is opened with 1 fetch, 1 push and 2 calls", async () => {
  await using world = await createWorld(forge);
  await world.publish({ text: more });
  await forge.merge(world.repository, 1, { method: "merge" });
  forge.log.clear();

  const ran = await world.publish({ text: most });

  expect(ran.outcomes).toMatchObject([{ action: "merged" }, { action: "opened", number: 2 }]);
  expect(forge.log.counts()).toMatchObject({ fetches: 1, pushes: 1, api: 2 });
});

test("nothing to do at a target that is in step", async () => {
  await using world = await createWorld(forge);

  const ran = await world.publish({ text: begin });

  expect(ran.outcomes).toMatchObject([{ action: "unchanged", reason: "nothing differs" }]);
  expect(forge.log.counts()).toMatchObject({ fetches: 1, pushes: 0, api: 1 });
});

test("a base that moved elsewhere: rebuilt on it, and nothing for people to read", async () => {
  await using world = await createWorld(forge);
  await world.publish({ text: more });
  const tip = await forge.commit(world.repository, { files: { "README.md": "Hello" } });
  forge.log.clear();

  const ran = await world.publish({ text: more });

  expect(ran.outcomes).toMatchObject([{ action: "updated", reason: "the base moved: rebuilt on it" }]);
  expect(forge.log.counts()).toMatchObject({ pushes: 1, api: 1 });
  expect((await forge.history(world.repository, branch))[0]?.parents).toEqual([tip]);
});

test.concurrent("a run that died before its report says the same when it runs again (I3, I4)", async () => {
  await using world = await createWorld(forge);
  const diff = await world.diff({ text: more });
  const died = await world.run(diff, { dies: true });
  const refs = forge.refs(world.repository);

  const again = await world.run(diff);

  expect(again.events).toEqual(died.events);
  expect(again.actions).toEqual(["opened"]);
  expect(forge.pulls(world.repository)).toHaveLength(1);
  expect(forge.refs(world.repository)).toEqual(refs);
});

test.concurrent("a change that is taken back closes ours with the reason and deletes the branch, and its return reopens it", async () => {
  await using world = await createWorld(forge);
  await world.publish({ text: more });

  const back = await world.diff({ text: begin });
  const died = await world.run(back, { dies: true });
  const again = await world.run(back);

  expect(died.actions).toEqual(["closed"]);
  expect(again.actions).toEqual(["closed"]);
  expect(forge.refs(world.repository).has(ref)).toBe(false);
  expect(forge.pulls(world.repository)).toMatchObject([{ state: "closed" }]);
  expect(forge.comments(world.repository, 1)).toHaveLength(1);

  const returned = await world.diff({ text: most });
  expect((await world.run(returned, { dies: true })).outcomes).toMatchObject([{ action: "reopened", number: 1 }]);
  expect((await world.run(returned)).outcomes).toMatchObject([{ action: "reopened", number: 1 }]);
  expect(forge.pulls(world.repository)).toMatchObject([{ number: 1, state: "open", title: "Sync models: +2 −0 ~0" }]);
  expect(await forge.readFile(world.repository, ref, "db.json")).toEqual(catalogFile(most));
});

test.concurrent("a base that was force-pushed: rebuilt on the new one", async () => {
  await using world = await createWorld(forge);
  const [first] = await forge.history(world.repository, "main");
  await forge.commit(world.repository, { files: { "README.md": "Hello" } });
  await world.publish({ text: more });
  const files = { LICENSE: "Free" };
  const tip = await forge.commit(world.repository, { branch: "main", from: first?.sha ?? "", files });

  const ran = await world.publish({ text: more });

  expect(ran.actions).toEqual(["updated"]);
  expect((await forge.history(world.repository, branch)).map(({ sha }) => sha)).toEqual([
    ran.outcomes[0]?.head,
    tip,
    first?.sha,
  ]);
});

test.concurrent("the base has another blob than the diff was computed against: a trigger, and nobody's edit is written over (I8)", async () => {
  await using world = await createWorld(forge);
  const diff = await world.diff({ text: more });
  const files = { "db.json": catalogFile({ one: 1, two: 2, person: 9 }) };
  const tip = await forge.commit(world.repository, { files });

  const ran = await world.run(diff);

  expect(ran.outcomes).toEqual([]);
  expect(ran.triggers).toEqual([
    { route: "models", reason: "base-moved", requestId: `text:${tip}`, targets: ["text"] },
  ]);
  expect(ran.record).toBeUndefined();
  expect(forge.refs(world.repository).has(ref)).toBe(false);
});

test.concurrent.each(["merge", "squash", "rebase"] as const)(
  "%s: reported, branch deleted, baseline remembered, no phantom",
  async (method) => {
    await using world = await createWorld(forge);
    await world.publish({ text: more });
    await forge.merge(world.repository, 1, { method });

    const diff = await world.diff({ text: more });
    const died = await world.run(diff, { dies: true });
    const ran = await world.run(diff);

    expect(died.events).toEqual(ran.events);
    expect(ran.outcomes).toMatchObject([{ action: "merged", number: 1 }]);
    expect(forge.refs(world.repository).has(ref)).toBe(false);
    expect(forge.pulls(world.repository)).toHaveLength(1);
    const [blob] = Object.values(diff.computedAgainst.files);
    expect(ran.record).toMatchObject({ baseline: { "db.json": { blob } } });
    expect((await world.publish({ text: more })).actions).toEqual(["unchanged"]);
  },
);

test.concurrent("merged, and there is a new change already: both are reported, in one run", async () => {
  await using world = await createWorld(forge);
  await world.publish({ text: more });
  await forge.merge(world.repository, 1);

  const ran = await world.publish({ text: most });

  expect(ran.outcomes).toMatchObject([
    { action: "merged", number: 1, remaining: 1 },
    { action: "opened", number: 2, remaining: 0 },
  ]);
});

test.concurrent("merged between our look at the base and our look at the pull requests: no phantom", async () => {
  await using world = await createWorld(forge);
  await world.publish({ text: more });
  const diff = await world.diff({ text: more });
  await forge.merge(world.repository, 1, { method: "squash" });

  const ran = await world.run(diff);

  expect(ran.outcomes).toMatchObject([{ action: "merged", number: 1 }]);
  expect(forge.pulls(world.repository)).toHaveLength(1);
});
