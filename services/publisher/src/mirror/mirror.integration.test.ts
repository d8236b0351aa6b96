import { writeFile } from "node:fs/promises";
import { runGit } from "@lockstep/git/testing";
import { expect, test } from "vitest";
import { createMirrorWorld } from "./testing/mirror-world.ts";

test("a destination gets the source's branches and tags, and is then left alone", async () => {
  await using world = await createMirrorWorld();
  await world.change({ "refs/heads/main": "one", "refs/heads/a/b": "two", "refs/tags/v1": "three" });

  const first = await world.run();
  const second = await world.run({ trigger: "reconcile" });

  expect(await world.refs("copy")).toEqual(await world.refs("source"));
  expect(first).toMatchObject({ action: "mirrored", counts: { created: 3, updated: 0 }, lagging: 0, rejected: [] });
  expect(second).toMatchObject({ action: "unchanged", counts: { created: 0 } });
});

test("a change is one fetch of what is missing and one request to the destination, without its list of refs", async () => {
  await using world = await createMirrorWorld();
  await world.change({ "refs/heads/main": "one", "refs/heads/other": "two" });
  await world.run();
  await world.change({ "refs/heads/main": "three" });
  world.server.requests.length = 0;

  const outcome = await world.run();

  const refs = await world.refs("source");
  expect(await world.refs("copy")).toEqual(refs);
  expect(outcome.updated).toMatchObject([{ ref: "refs/heads/main", to: refs["refs/heads/main"] }]);
  expect(world.server.requests.filter(({ path }) => path.includes("/copy.git"))).toMatchObject([
    { path: "/acme/copy.git/git-receive-pack" },
  ]);
});

test("I2: a push that fails after the fetch is made good by the next run, without a change in between", async () => {
  await using world = await createMirrorWorld();
  await world.change({ "refs/heads/main": "one" });
  await world.run();
  await world.change({ "refs/heads/main": "two", "refs/heads/new": "three" });
  world.server.fault = (path) =>
    path.endsWith("/copy.git/git-receive-pack") ? { kind: "status", status: 503 } : undefined;
  await expect(world.run()).rejects.toMatchObject({ code: "GIT_SERVER_ERROR" });
  world.server.fault = undefined;

  const outcome = await world.run();

  expect(await world.refs("copy")).toEqual(await world.refs("source"));
  expect(outcome).toMatchObject({ action: "mirrored", counts: { created: 1, updated: 1 } });
});

test("I3, I4: whoever died after the push, the next run pushes nothing and reports what is true", async () => {
  await using world = await createMirrorWorld();
  await world.change({ "refs/heads/main": "one" });
  await world.run();
  await world.change({ "refs/heads/main": "two" });
  const lost = await world.run({ dies: true });

  const told = await world.run();

  expect({ ...told, throughSeq: 0 }).toEqual({ ...lost, throughSeq: 0 });
  expect(told).toMatchObject({ action: "mirrored", counts: { updated: 1 }, lagging: 0 });
});

test("deleted branches go, with one in the way of a new one gone first", async () => {
  await using world = await createMirrorWorld();
  await world.change({ "refs/heads/main": "one", "refs/heads/a": "two", "refs/heads/b/c": "three" });
  await world.run();
  await world.change({ "refs/heads/a": null, "refs/heads/b/c": null });
  await world.change({ "refs/heads/a/x": "four", "refs/heads/b": "five" });

  const outcome = await world.run();

  expect(await world.refs("copy")).toEqual(await world.refs("source"));
  expect(outcome).toMatchObject({ counts: { created: 2, deleted: 2 }, lagging: 0 });
});

test("without prune nothing is deleted, and excluded refs and those of hosts are no part of it", async () => {
  await using world = await createMirrorWorld({
    refs: { prune: false, exclude: ["refs/heads/tmp/*"], include: ["refs/*"] },
  });
  await world.change({ "refs/heads/main": "one", "refs/heads/old": "two", "refs/heads/tmp/x": "three" });
  await world.change({ "refs/pull/1/head": "four", "refs/merge-requests/1/head": "five", "refs/notes/a": "six" });
  await world.run();
  await world.change({ "refs/heads/old": null });

  await world.run();

  expect(Object.keys(await world.refs("copy"))).toEqual(["refs/heads/main", "refs/heads/old", "refs/notes/a"]);
});

test("I7: an empty source deletes nothing, and says so once", async () => {
  await using world = await createMirrorWorld();
  await world.change({ "refs/heads/main": "one", "refs/heads/other": "two" });
  await world.run();
  await world.change({ "refs/heads/main": null, "refs/heads/other": null });

  const held = await world.run();
  const again = await world.run();

  expect(Object.keys(await world.refs("copy"))).toHaveLength(2);
  expect([held, again]).toMatchObject([
    { action: "held", lagging: 2 },
    { action: "held", repeated: true },
  ]);
  expect(world.events.filter(({ subject }) => subject.includes(".alert."))).toHaveLength(1);
});

test("I7: many deletions wait for a person, while new commits pass; a person's word lets them go", async () => {
  await using world = await createMirrorWorld();
  const branches = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`refs/heads/b${index}`, "x"]));
  await world.change({ "refs/heads/main": "one", ...branches });
  await world.run();
  await world.change(Object.fromEntries(Object.keys(branches).map((ref) => [ref, null])));
  await world.change({ "refs/heads/main": "two" });

  const held = await world.run();
  const kept = await world.refs("copy");
  const request = { seq: 0, requestId: "1", options: { allowDeletions: true }, requestedAt: new Date().toISOString() };
  const allowed = await world.run({ trigger: "manual", requests: [request] });

  expect(held).toMatchObject({ action: "held", counts: { updated: 1, deleted: 0 }, lagging: 12 });
  expect(Object.keys(kept)).toHaveLength(13);
  expect(allowed).toMatchObject({ action: "mirrored", counts: { deleted: 12 } });
  expect(await world.refs("copy")).toEqual(await world.refs("source"));
});

test("I8: what somebody pushed at the destination is overwritten by default, and reported with what was lost", async () => {
  await using world = await createMirrorWorld();
  await world.change({ "refs/heads/main": "one" });
  await world.run();
  const foreign = await pushForeign(world.folders["copy"] ?? "", "refs/heads/main");
  await world.change({ "refs/heads/main": "two" });

  const outcome = await world.run();

  expect(await world.refs("copy")).toEqual(await world.refs("source"));
  expect(outcome.diverged).toMatchObject([{ ref: "refs/heads/main", from: foreign }]);
});

test("I8: with `diverged: keep` it stays, and the destination lags", async () => {
  await using world = await createMirrorWorld({ target: { diverged: "keep" } });
  await world.change({ "refs/heads/main": "one", "refs/heads/other": "one" });
  await world.run();
  const foreign = await pushForeign(world.folders["copy"] ?? "", "refs/heads/main");
  await world.change({ "refs/heads/main": "two", "refs/heads/other": "two" });

  const outcome = await world.run();

  const [copy, source] = [await world.refs("copy"), await world.refs("source")];
  expect(copy).toEqual({ "refs/heads/main": foreign, "refs/heads/other": source["refs/heads/other"] });
  expect(outcome).toMatchObject({ lagging: 1, counts: { diverged: 1, updated: 1, rejected: 1 } });
  for (const trigger of ["webhook", "reconcile"] as const) await world.run({ trigger });
  expect(await world.refs("copy")).toEqual(copy);
});

test("without force a rewritten branch is refused and the others pass; with it both do", async () => {
  await using world = await createMirrorWorld({ refs: { force: false } });
  await world.change({ "refs/heads/main": "one", "refs/heads/other": "one" });
  await world.run();
  await world.change({ "refs/heads/main": null });
  await world.change({ "refs/heads/main": "rewritten", "refs/heads/other": "two" });

  const outcome = await world.run();

  expect(outcome).toMatchObject({ counts: { updated: 1, rejected: 1 }, lagging: 1 });
  expect(outcome.rejected).toMatchObject([{ ref: "refs/heads/main", reason: expect.stringContaining("force is off") }]);
});

test("a ref that the destination refuses is reported, stops no other, and is asked for again only with a new value", async () => {
  await using world = await createMirrorWorld();
  const copy = world.folders["copy"] ?? "";
  await runGit(copy, ["config", "receive.hideRefs", "refs/heads/secret"]);
  await world.change({ "refs/heads/main": "one", "refs/heads/secret/a": "two" });

  const first = await world.run();
  world.server.requests.length = 0;
  const second = await world.run();
  const asked = world.server.requests.filter(({ path }) => path.endsWith("/copy.git/git-receive-pack")).length;
  await runGit(copy, ["config", "--unset", "receive.hideRefs"]);
  const third = await world.run({ trigger: "reconcile" });

  expect(first).toMatchObject({ action: "mirrored", counts: { created: 1, rejected: 1 }, lagging: 1 });
  expect(first.rejected[0]).toMatchObject({ ref: "refs/heads/secret/a", reason: expect.stringContaining("hidden") });
  expect([second.counts.rejected, asked]).toEqual([1, 0]);
  expect(third).toMatchObject({ counts: { created: 1, rejected: 0 }, lagging: 0 });
});

test("the default branch of a destination cannot be deleted: that is reported, and the rest is done", async () => {
  await using world = await createMirrorWorld();
  await world.change({ "refs/heads/main": "one", "refs/heads/next": "two" });
  await world.run();
  await world.change({ "refs/heads/main": null, "refs/heads/next": "three" });

  const outcome = await world.run();

  expect(outcome.rejected).toMatchObject([
    { ref: "refs/heads/main", reason: expect.stringContaining("current branch") },
  ]);
  expect(outcome).toMatchObject({ counts: { updated: 1, deleted: 0, rejected: 1 } });
});

test("several destinations share a cache, and one that is away leaves the others alone", async () => {
  await using world = await createMirrorWorld({ targets: ["one", "two"] });
  await world.change({ "refs/heads/main": "one" });
  world.server.fault = (path) => (path.includes("/one.git") ? { kind: "status", status: 502 } : undefined);

  const [away, fine] = await Promise.allSettled([world.run({ target: "one" }), world.run({ target: "two" })]);

  expect(away).toMatchObject({ status: "rejected", reason: { code: "GIT_SERVER_ERROR" } });
  expect(fine).toMatchObject({ status: "fulfilled", value: { action: "mirrored" } });
  world.server.fault = undefined;
  await world.run({ target: "one" });
  expect(await world.refs("one")).toEqual(await world.refs("source"));
});

test("thousands of refs move at once", async () => {
  await using world = await createMirrorWorld();
  await world.change({ "refs/heads/main": "one" });
  const tip = (await world.refs("source"))["refs/heads/main"] ?? "";
  const lines = Array.from({ length: 6000 }, (_, index) => `${tip} refs/tags/t${index}`);
  await writeFile(`${world.folders["source"]}/packed-refs`, `${lines.join("\n")}\n`);

  const outcome = await world.run();

  expect(outcome).toMatchObject({ counts: { created: 6001 }, lagging: 0 });
  expect(outcome.created).toHaveLength(100);
});

/** A commit of a person, straight at the destination. */
async function pushForeign(folder: string, ref: string): Promise<string> {
  const tree = await runGit(folder, ["hash-object", "-t", "tree", "-w", "/dev/null"]);
  const commit = await runGit(folder, ["commit-tree", tree, "-m", "foreign", "-p", ref]);
  await runGit(folder, ["update-ref", ref, commit]);
  return commit;
}
