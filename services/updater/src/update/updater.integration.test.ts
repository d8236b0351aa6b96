import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readInstalled } from "../store/testing/installed.ts";
import { diffFor } from "./testing/release-source.ts";
import { createUpdaterWorld, paths, releaseFiles, updates } from "./testing/updater-world.ts";
import { lockInstallation } from "./installation-lock.ts";

const installedAs = (word: string) => ({
  "backend/app.js": word,
  "backend/run.sh": `#!/bin/sh\necho ${word}\n`,
  "models/models.json": JSON.stringify({ word }),
});

test("a release reaches the installation from git, and nothing but its components does", async () => {
  await using world = await createUpdaterWorld();
  const commit = await world.source.commit(releaseFiles("one"));
  const report = await world.updater.carryOut(diffFor({ commit, updates, paths }), {});
  expect(report).toMatchObject({ result: "applied", release: 1, commit, throughSeq: 7 });
  expect(await readInstalled(world.root)).toEqual(installedAs("one"));
  const next = await world.source.commit(releaseFiles("two"));
  await world.updater.carryOut(diffFor({ commit: next, updates: { models: 2 }, paths }), {});
  expect(await readInstalled(world.root)).toEqual({ ...installedAs("one"), "models/models.json": '{"word":"two"}' });
});

test("an offer writes nothing until a person applies it", async () => {
  await using world = await createUpdaterWorld();
  const commit = await world.source.commit(releaseFiles("one"));
  const diff = diffFor({ commit, updates, paths, action: "offer" });
  expect(await world.updater.carryOut(diff, {})).toMatchObject({
    result: "offered",
    components: [{ to: "1.0.0" }, { to: 1 }],
  });
  expect(await world.installation.current()).toBeUndefined();
  expect(await world.updater.carryOut(diff, { apply: true })).toMatchObject({ result: "applied" });
});

test.each([
  ["a catalog that is no JSON", { "catalogs/models.json": "{" }, "RELEASE_CONTENT_FAULTY"],
  ["a link that leads outside", { "backend/link": "-> ../../../etc/passwd" }, "RELEASE_PATH_REFUSED"],
  ["names that differ in case alone", { "backend/A": "1", "backend/a": "2" }, "RELEASE_PATH_REFUSED"],
  ["a name that looks like an option", { "backend/--exec=x": "1" }, "RELEASE_PATH_REFUSED"],
])("%s switches nothing", async (_, files, code) => {
  await using world = await createUpdaterWorld();
  await world.updater.carryOut(diffFor({ commit: await world.source.commit(releaseFiles("one")), updates, paths }), {});
  const commit = await world.source.commit(files);
  const report = await world.updater.carryOut(diffFor({ commit, updates, paths }), {});
  expect(report).toMatchObject({ result: "failed", code, release: 1 });
  expect(await readInstalled(world.root)).toEqual(installedAs("one"));
  expect(world.installation.state.open).toBeUndefined();
});

test("a path that the commit lacks switches nothing", async () => {
  await using world = await createUpdaterWorld();
  const commit = await world.source.commit(releaseFiles("one"));
  const diff = diffFor({ commit, updates: { backend: "1.0.0", workflows: 1 } });
  expect(await world.updater.carryOut(diff, {})).toMatchObject({ result: "failed", code: "RELEASE_PATH_MISSING" });
  expect(await world.installation.current()).toBeUndefined();
});

test("offline keeps everything as it is, and says so", async () => {
  await using world = await createUpdaterWorld();
  const commit = await world.source.commit(releaseFiles("one"));
  await world.updater.carryOut(diffFor({ commit, updates, paths }), {});
  world.place.url = "http://127.0.0.1:1/studio.git";
  const failed = world.updater.carryOut(diffFor({ commit: "f".repeat(40), updates, paths }), {});
  await expect(failed).rejects.toMatchObject({ name: "TransientError", code: "GIT_UNREACHABLE" });
  expect(await readInstalled(world.root)).toEqual(installedAs("one"));
});

test("stale locks, a broken clone and a rewritten history heal by themselves", async () => {
  await using world = await createUpdaterWorld();
  await world.updater.carryOut(diffFor({ commit: await world.source.commit(releaseFiles("one")), updates, paths }), {});
  const repository = join(world.root, "repo.git");
  for (const lock of [
    "shallow.lock",
    "config.lock",
    "packed-refs.lock",
    "HEAD.lock",
    "refs/lockstep/base.lock",
    "objects/info/x.lock",
  ]) {
    await mkdir(join(repository, lock, ".."), { recursive: true });
    await writeFile(join(repository, lock), "");
  }
  await world.updater.carryOut(diffFor({ commit: await world.source.commit(releaseFiles("two")), updates, paths }), {});
  expect(await readInstalled(world.root)).toEqual(installedAs("two"));

  await writeFile(join(repository, "HEAD"), "garbage");
  await world.updater.carryOut(
    diffFor({ commit: await world.source.commit(releaseFiles("three")), updates, paths }),
    {},
  );
  expect(await readInstalled(world.root)).toEqual(installedAs("three"));

  await world.source.git("checkout", "--quiet", "--orphan", "fresh");
  const rewritten = await world.source.commit(releaseFiles("four"));
  await world.source.git("branch", "--force", "main", rewritten);
  await world.updater.carryOut(diffFor({ commit: rewritten, updates, paths }), {});
  expect(await readInstalled(world.root)).toEqual(installedAs("four"));
});

test("where only descendants are taken, an old commit that is sent again changes nothing", async () => {
  await using world = await createUpdaterWorld({ descendantsOnly: true });
  const old = await world.source.commit(releaseFiles("one"));
  const middle = await world.source.commit(releaseFiles("two"));
  await world.updater.carryOut(diffFor({ commit: middle, updates, paths }), {});
  expect(await world.updater.carryOut(diffFor({ commit: old, updates, paths }), {})).toMatchObject({
    result: "failed",
    code: "RELEASE_NOT_DESCENDANT",
  });
  const newest = await world.source.commit(releaseFiles("three"));
  expect(await world.updater.carryOut(diffFor({ commit: newest, updates, paths }), {})).toMatchObject({
    result: "applied",
  });
});

test("a second update at the same time is refused, and so is a second updater", async () => {
  await using world = await createUpdaterWorld();
  const commit = await world.source.commit(releaseFiles("one"));
  const first = world.updater.carryOut(diffFor({ commit, updates, paths }), {});
  await expect(world.updater.carryOut(diffFor({ commit, updates, paths }), {})).rejects.toMatchObject({
    code: "UPDATE_BUSY",
  });
  expect((await first).result).toBe("applied");
  using _held = lockInstallation(world.root);
  expect(() => lockInstallation(world.root)).toThrow(expect.objectContaining({ code: "INSTALLATION_IN_USE" }));
});

test("a person's roll-back leads to the release before, and what was left does not come back by itself", async () => {
  await using world = await createUpdaterWorld();
  await world.updater.carryOut(diffFor({ commit: await world.source.commit(releaseFiles("one")), updates, paths }), {});
  const commit = await world.source.commit(releaseFiles("two"));
  await world.updater.carryOut(diffFor({ commit, updates, paths }), {});
  expect((await world.updater.rollBack()).kind).toBe("applied");
  expect(await readInstalled(world.root)).toEqual(installedAs("one"));
  expect(await world.updater.carryOut(diffFor({ commit, updates, paths }), {})).toMatchObject({ code: "RELEASE_HELD" });
  const report = await world.updater.carryOut(diffFor({ commit, updates, paths }), { apply: true });
  expect(report).toMatchObject({ result: "applied" });
  expect(await readInstalled(world.root)).toEqual(installedAs("two"));
});
