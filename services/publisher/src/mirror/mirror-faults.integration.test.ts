import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createGit, type Git } from "@lockstep/git";
import { runGit } from "@lockstep/git/testing";
import { PermanentError, TransientError } from "@lockstep/shared/runtime";
import { expect, test } from "vitest";
import { createMirrorWorld, type MirrorWorld } from "./testing/mirror-world.ts";

const push = "/copy.git/git-receive-pack";
const fetch = "/source.git/git-upload-pack";

const statuses = [
  { what: "the source says 500", place: fetch, status: 500, code: "GIT_SERVER_ERROR" },
  { what: "the destination says 503", place: push, status: 503, code: "GIT_SERVER_ERROR" },
  { what: "the destination limits us", place: push, status: 429, code: "GIT_RATE_LIMITED" },
  { what: "the token is wrong", place: push, status: 401, code: "GIT_AUTH_FAILED", isPermanent: true },
  {
    what: "the destination is not ours to write",
    place: push,
    status: 403,
    code: "GIT_ACCESS_DENIED",
    isPermanent: true,
  },
  { what: "the destination is gone", place: push, status: 404, code: "GIT_REPOSITORY_NOT_FOUND", isPermanent: true },
  { what: "the destination moved", place: push, status: 301, code: "GIT_REPOSITORY_MOVED", isPermanent: true },
];

test.each(statuses)("$what: it fails in those words, and the next run makes it good", async (answer) => {
  const { place, status, code, isPermanent = false } = answer;
  await using world = await mirrored();
  await world.change({ "refs/heads/main": "two" });
  world.server.fault = (path) => (path.endsWith(place) ? { kind: "status", status } : undefined);

  const failure = await world.run().then(
    () => undefined,
    (error: unknown) => error,
  );
  world.server.fault = undefined;
  await world.run();

  expect(failure).toBeInstanceOf(isPermanent ? PermanentError : TransientError);
  expect(failure).toMatchObject({ code });
  expect(await world.refs("copy")).toEqual(await world.refs("source"));
});

test("a fetch that breaks in the middle leaves nothing behind that the next one could trip over", async () => {
  await using world = await mirrored();
  await addCommits(world, 300);
  world.server.fault = (path) => (path.endsWith(fetch) ? { kind: "cut", afterBytes: 2000 } : undefined);

  await expect(world.run()).rejects.toMatchObject({ code: "GIT_UNREACHABLE" });
  world.server.fault = undefined;
  await world.run();

  expect(await world.refs("copy")).toEqual(await world.refs("source"));
});

test("a push whose answer is lost is not repeated: what the destination has is read, and the report is the same", async () => {
  await using world = await mirrored();
  await world.change({ "refs/heads/main": "two" });
  world.server.fault = (path) => (path.endsWith(push) ? { kind: "cut", afterBytes: 0 } : undefined);

  await expect(world.run()).rejects.toMatchObject({ code: "GIT_UNREACHABLE" });
  world.server.fault = undefined;
  const outcome = await world.run({ attempt: 2 });

  expect(outcome).toMatchObject({ action: "mirrored", counts: { updated: 1 }, lagging: 0 });
  expect(await world.refs("copy")).toEqual(await world.refs("source"));
});

test("a list of refs that ends in the middle is a failure, not a smaller repository (I7)", async () => {
  await using world = await mirrored();
  world.server.fault = (path) =>
    path.endsWith("/copy.git/git-upload-pack") ? { kind: "cut", afterBytes: 10 } : undefined;

  await expect(world.run({ trigger: "reconcile" })).rejects.toMatchObject({ code: "GIT_UNREACHABLE" });
});

test("a destination that hangs holds nobody for longer than its run may take", async () => {
  await using world = await mirrored();
  await world.change({ "refs/heads/main": "two" });
  world.server.fault = (path) => (path.endsWith(push) ? { kind: "hang" } : undefined);

  await expect(world.run({ timeoutMs: 1500 })).rejects.toMatchObject({ name: "TimeoutError" });
});

test("refs that the destination hides are its own: they are neither seen nor deleted", async () => {
  await using world = await mirrored();
  const copy = world.folders["copy"] ?? "";
  await runGit(copy, ["update-ref", "refs/heads/internal/x", "refs/heads/main"]);
  await runGit(copy, ["config", "transfer.hideRefs", "refs/heads/internal"]);

  const outcome = await world.run({ trigger: "reconcile" });

  expect(outcome).toMatchObject({ action: "unchanged", counts: { deleted: 0 } });
  expect(Object.keys(await world.refs("copy"))).toContain("refs/heads/internal/x");
});

test("an object that the source has no more leads to another look, not to a dead letter", async () => {
  await using world = await mirrored();
  await world.change({ "refs/heads/main": "two" });
  const source = world.folders["source"] ?? "";
  const tip = (await world.refs("source"))["refs/heads/main"] ?? "";
  const running = world.run({
    beforeFetch: async () => {
      await runGit(source, ["update-ref", "refs/heads/main", `${tip}^`]);
      await runGit(source, ["prune", "--expire=now"]);
    },
  });

  await running;

  expect(world.events.at(-1)?.subject).toBe("lockstep.trigger.web");
});

test("what a killed git left locked is taken away", async () => {
  await using world = await mirrored();
  const cache = await cacheOf(world);
  for (const name of ["HEAD.lock", "packed-refs.lock", "config.lock"]) await writeFile(join(cache, name), "");
  await world.change({ "refs/heads/main": "two" });

  await world.run();

  expect(await world.refs("copy")).toEqual(await world.refs("source"));
});

test("a cache with a corrupt pack is thrown away and fetched again", async () => {
  await using world = await mirrored();
  await corruptPacks(await cacheOf(world));
  await world.change({ "refs/heads/main": "two" });

  await world.run().catch((error: unknown) => expect(error).toMatchObject({ code: "GIT_CORRUPT_CACHE" }));
  await world.run({ attempt: 2 });

  expect(await world.refs("copy")).toEqual(await world.refs("source"));
});

test("a full disk under the cache is a failure that passes, and says so", async () => {
  const git = createGit();
  let full = false;
  const filling: Git = {
    run(task, options) {
      if (!full || !task.args.includes("fetch")) return git.run(task, options);
      throw new TransientError("GIT_DISK_FULL", "git fetch: No space left on device");
    },
  };
  await using world = await createMirrorWorld({ git: filling });
  await world.change({ "refs/heads/main": "one" });
  full = true;

  await expect(world.run()).rejects.toMatchObject({ code: "GIT_DISK_FULL" });
  full = false;
  await world.run();

  expect(await world.refs("copy")).toEqual(await world.refs("source"));
});

test("a cache of another source in our place is left alone", async () => {
  await using world = await mirrored();
  await runGit(await cacheOf(world), ["config", "remote.origin.url", "https://git.example/other/repo.git"]);
  await world.change({ "refs/heads/main": "two" });

  await expect(world.run()).rejects.toMatchObject({ code: "CACHE_FOREIGN_REMOTE" });
});

test("a destination that lost objects is given them again", async () => {
  await using world = await mirrored();
  const copy = world.folders["copy"] ?? "";
  await runGit(copy, ["update-ref", "-d", "refs/heads/main"]);
  await runGit(copy, ["prune", "--expire=now"]);
  await world.change({ "refs/heads/main": "two" });

  await world.run();

  expect(await world.refs("copy")).toEqual(await world.refs("source"));
});

async function mirrored(): Promise<MirrorWorld> {
  const world = await createMirrorWorld();
  await world.change({ "refs/heads/main": "one" });
  await world.run();
  return world;
}

async function cacheOf({ cacheFolder }: MirrorWorld): Promise<string> {
  const name = (await readdir(cacheFolder)).find((entry) => entry.endsWith(".git")) ?? "";
  return join(cacheFolder, name);
}

async function corruptPacks(cache: string): Promise<void> {
  const folder = join(cache, "objects/pack");
  for (const name of (await readdir(folder)).filter((entry) => entry.endsWith(".pack"))) {
    const bytes = await readFile(join(folder, name));
    bytes.fill(0xff, 12, bytes.length - 20);
    await chmod(join(folder, name), 0o644);
    await writeFile(join(folder, name), bytes);
  }
}

async function addCommits(world: MirrorWorld, count: number): Promise<void> {
  const source = world.folders["source"] ?? "";
  const lines = Array.from({ length: count }, (_, index) => {
    const content = Array.from({ length: 40 }, (_, line) => `${(index * 7919 * (line + 1)) % 1_000_003}`).join("\n");
    return `commit refs/heads/many${index}\ncommitter A <a@b> ${index} +0000\ndata 1\nc\nM 100644 inline f\ndata ${content.length}\n${content}\n`;
  });
  const file = join(source, "import");
  await writeFile(file, lines.join("\n"));
  await runGit(source, ["-c", "alias.take=!git fast-import --quiet < import", "take"]);
}
