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

test("a person opened the pull request from the branch we had pushed: it is kept as ours", async () => {
  await using world = await createWorld(forge);
  forge.faults.add({
    method: "POST",
    path: "*/pulls",
    effect: { kind: "status", status: 500, body: { message: "no" } },
  });
  await expect(world.publish({ text: more })).rejects.toThrow(expect.objectContaining({ code: "GITHUB_UNAVAILABLE" }));
  const api = { method: "POST", headers: { authorization: `token ${forge.token}` } };
  await fetch(`${forge.apiUrl}/repos/${world.repository}/pulls`, {
    ...api,
    body: JSON.stringify({ title: "Compare & pull request", head: branch, base: "main" }),
  });

  const ran = await world.publish({ text: more });

  expect(ran.outcomes).toMatchObject([{ action: "opened", number: 1 }]);
  expect(forge.pulls(world.repository)).toMatchObject([{ title: "Compare & pull request", state: "open" }]);
  expect(forge.pulls(world.repository)[0]?.body).toContain("<!-- lockstep route=models");
});

test.concurrent("a person's commit on the branch: held, commented once, alerted once; recreate takes over (I8)", async () => {
  await using world = await createWorld(forge);
  await world.publish({ text: more });
  const theirs = await forge.commit(world.repository, {
    branch,
    files: { "db.json": catalogFile({ ...more, mine: 1 }) },
  });

  const diff = await world.diff({ text: most });
  const died = await world.run(diff, { dies: true });
  const first = await world.run(diff);
  const second = await world.publish({ text: most });

  expect(died.events).toEqual(first.events);
  expect(first).toMatchObject({ actions: ["held"], alerts: ["PERSON_COMMITS"] });
  expect(second).toMatchObject({ actions: ["held"], alerts: [], outcomes: [{ repeated: true }] });
  expect(forge.comments(world.repository, 1)).toHaveLength(1);
  expect(forge.refs(world.repository).get(ref)).toBe(theirs);

  const request = world.request({ recreate: true });
  const taken = await world.publish({ text: most }, { requests: [request] });
  expect(taken).toMatchObject({ actions: ["updated"], usedRequests: [request.seq] });
  expect(await forge.readFile(world.repository, ref, "db.json")).toEqual(catalogFile(most));
});

test.concurrent("a person's commit on the branch, and the base came in step: held, not closed (I8)", async () => {
  await using world = await createWorld(forge);
  await world.publish({ text: more });
  const theirs = await forge.commit(world.repository, { branch, files: { "notes.txt": "mine" } });

  const ran = await world.publish({ text: begin });

  expect(ran.actions).toEqual(["held"]);
  expect(forge.refs(world.repository).get(ref)).toBe(theirs);
  expect(forge.pulls(world.repository)).toMatchObject([{ state: "open" }]);
});

test.concurrent("the button “Update branch” is nobody's commit: rebuilt", async () => {
  await using world = await createWorld(forge);
  await world.publish({ text: more });
  const tip = await forge.commit(world.repository, { files: { "README.md": "Hello" } });
  await forge.updateBranch(world.repository, 1);

  const ran = await world.publish({ text: most });

  expect(ran.actions).toEqual(["updated"]);
  expect((await forge.history(world.repository, branch))[0]?.parents).toEqual([tip]);
});

test.concurrent("a person closed it: reported, nothing until the content changes, then a new one", async () => {
  await using world = await createWorld(forge);
  await world.publish({ text: more });
  await forge.closePull(world.repository, 1);

  expect((await world.publish({ text: more })).outcomes).toMatchObject([{ action: "closed", number: 1 }]);
  const still = await world.publish({ text: more });
  expect(still.outcomes).toMatchObject([
    { action: "unchanged", reason: expect.stringContaining("closed by a person") },
  ]);
  expect(forge.pulls(world.repository)).toHaveLength(1);

  const changed = await world.publish({ text: most });
  expect(changed.outcomes).toMatchObject([{ action: "opened", number: 2 }]);
});

test.concurrent("a person closed it and opened it again: it is ours as before", async () => {
  await using world = await createWorld(forge);
  await world.publish({ text: more });
  await forge.closePull(world.repository, 1);
  await world.publish({ text: more });
  await forge.editPull(world.repository, 1, { state: "open", closedAt: null });

  expect((await world.publish({ text: more })).outcomes).toMatchObject([{ action: "reopened", number: 1 }]);
  expect((await world.publish({ text: more })).actions).toEqual(["unchanged"]);
});

test.concurrent("a person retargeted the base, edited labels, title and text: all of it stays (I8)", async () => {
  await using world = await createWorld(forge, { pullRequest: { labels: ["sync"] } });
  await world.publish({ text: more });
  await forge.commit(world.repository, { branch: "develop", files: { "dev.txt": "dev" } });
  const body = `Wait for Friday.\r\n\r\n${forge.pulls(world.repository)[0]?.body?.replaceAll("\n", "\r\n")}\r\n\r\ncc mona`;
  await forge.editPull(world.repository, 1, { baseRef: "develop", labels: ["wip"], title: "Friday", body });

  const kept = await world.publish({ text: more });
  const updated = await world.publish({ text: most });

  expect(kept.actions).toEqual(["unchanged"]);
  expect(updated.actions).toEqual(["updated"]);
  const [pull, ...others] = forge.pulls(world.repository);
  expect(others).toEqual([]);
  expect(pull).toMatchObject({ baseRef: "develop", labels: ["wip"], title: "Friday" });
  expect(pull?.body).toMatch(/^Wait for Friday\.\n\n<!-- lockstep /);
  expect(pull?.body).toContain("**2 added, 0 removed");
  expect(pull?.body).toMatch(/<!-- \/lockstep -->\n\ncc mona$/);
});

test.concurrent("a fork's pull request with the same branch name is untouched", async () => {
  await using world = await createWorld(forge);
  const [, name = ""] = world.repository.split("/");
  await forge.createRepository({ owner: "mona", name, forkOf: world.repository });
  await forge.commit(`mona/${name}`, { branch, files: { "db.json": catalogFile({ fork: 1 }) } });
  const api = { method: "POST", headers: { authorization: `token ${forge.addToken({ login: "mona" })}` } };
  const body = JSON.stringify({ title: "Mine", head: `mona:${branch}`, base: "main" });
  const opened = await fetch(`${forge.apiUrl}/repos/${world.repository}/pulls`, { ...api, body });
  expect(opened.status).toBe(201);

  const ran = await world.publish({ text: more });

  expect(ran.outcomes).toMatchObject([{ action: "opened", number: 2 }]);
  expect(forge.pulls(world.repository)).toMatchObject([{ title: "Mine", state: "open" }, { number: 2 }]);
});

test.concurrent("a person's branch and pull request of our name are left alone, and somebody is told (I8)", async () => {
  await using world = await createWorld(forge);
  const theirs = await forge.commit(world.repository, { branch, files: { "mine.txt": "mine" } });
  const api = { method: "POST", headers: { authorization: `token ${forge.token}` } };
  const body = JSON.stringify({ title: "Mine", head: branch, base: "main" });
  await fetch(`${forge.apiUrl}/repos/${world.repository}/pulls`, { ...api, body });

  const ran = await world.publish({ text: more });

  expect(ran).toMatchObject({ actions: ["held"], alerts: ["PERSON_COMMITS"] });
  expect(forge.refs(world.repository).get(ref)).toBe(theirs);
  expect(forge.comments(world.repository, 1)).toEqual([]);
  expect(forge.pulls(world.repository)).toMatchObject([{ title: "Mine", body: null }]);
});
