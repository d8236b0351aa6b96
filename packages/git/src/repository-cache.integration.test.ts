import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { repositoryIdentity } from "@lockstep/shared/contracts";
import { expect, test, vi } from "vitest";
import { repositoryCache } from "./repository-cache.ts";
import type { Repository } from "./repository.ts";
import { serverToken } from "./testing/git-server.ts";
import { runGit } from "./testing/run-git.ts";
import { createWorld, plan, soon, type World } from "./testing/world.ts";

const use = <R>(world: World, work: (repository: Repository) => Promise<R>) =>
  world.cache.use(world.remote, soon(), work);
const fetchMain = (repository: Repository) => repository.fetchBase("main");
const folderOf = (world: World) => use(world, (repository) => Promise.resolve(repository.folder));

function startReplica(world: World, log: string, rounds: string): ChildProcess {
  const program = fileURLToPath(new URL("testing/use-cache.ts", import.meta.url));
  return spawn(process.execPath, [program, world.remote.url, world.cacheFolder, log, rounds], {
    env: { PATH: process.env["PATH"], TOKEN: serverToken },
    stdio: "inherit",
  });
}

test("the cache is bare, without blobs, one commit deep, and used again", async () => {
  await using world = await createWorld();
  await world.person.commit({ "db.json": "[]" });
  const folder = await use(world, async (repository) => {
    const { base } = await fetchMain(repository);
    expect(await runGit(repository.folder, ["rev-list", "--count", base])).toBe("1");
    expect(await runGit(repository.folder, ["config", "remote.origin.partialclonefilter"])).toBe("blob:none");
    expect(await runGit(repository.folder, ["rev-list", "--objects", "--missing=print", base])).toContain("?");
    return repository.folder;
  });
  expect(await folderOf(world)).toBe(folder);
  expect(await readdir(world.cacheFolder)).toHaveLength(2);
});

test("a cache that was fetched into often is begun anew: what it keeps has a bound", async () => {
  await using world = await createWorld();
  await world.person.commit({ "db.json": "[]" });
  const folder = await folderOf(world);
  const kept: number[] = [];
  for (let round = 0; round < 30; round += 1) {
    await world.person.commit({ "db.json": `[${round}]` });
    await use(world, fetchMain);
    kept.push((await readFile(join(folder, "shallow"), "utf8")).trim().split("\n").length);
  }
  expect(Math.max(...kept)).toBeLessThanOrEqual(25);
  expect(kept.at(-1)).toBeLessThan(10);
});

test("a folder that belongs to another remote is refused, both named, nothing touched", async () => {
  await using world = await createWorld();
  const folder = await folderOf(world);
  await runGit(folder, ["config", "remote.origin.url", `${world.server.origin}/acme/other.git`]);
  const config = await readFile(join(folder, "config"), "utf8");

  const host = new URL(world.server.origin).host;
  const refused = await use(world, fetchMain).catch((error: unknown) => error);

  expect(refused).toMatchObject({ name: "PermanentError", code: "CACHE_FOREIGN_REMOTE" });
  expect(String(refused)).toContain(`${host}/acme/other`);
  expect(String(refused)).toContain(`${host}/acme/models`);
  expect(await readFile(join(folder, "config"), "utf8")).toBe(config);
});

test("the same repository under another spelling of its URL is the same cache", async () => {
  await using world = await createWorld();
  const folder = await folderOf(world);
  const url = world.remote.url.replace(/\.git$/, "");
  await world.cache.use({ ...world.remote, url }, soon(), async (repository) => {
    expect(repository.folder).toBe(folder);
    expect(await runGit(folder, ["config", "remote.origin.url"])).toBe(url);
  });
});

test("what is no URL is refused", async () => {
  await using world = await createWorld();
  const refused = world.cache.use({ ...world.remote, url: "git@host:a/b.git" }, soon(), fetchMain);
  await expect(refused).rejects.toMatchObject({ name: "PermanentError", code: "GIT_URL_INVALID" });
});

test("a URL with credentials in it is refused without saying them (I9)", async () => {
  await using world = await createWorld();
  const url = world.remote.url.replace("http://", "http://bot:hunter2secret@");
  const refused = await world.cache.use({ ...world.remote, url }, soon(), fetchMain).catch(String);
  expect(refused).toContain("PermanentError");
  expect(refused).not.toContain("hunter2");
});

test("locks that a killed git left are removed", async () => {
  await using world = await createWorld();
  const folder = await use(world, async (repository) => {
    await fetchMain(repository);
    return repository.folder;
  });
  await world.person.commit({ "db.json": "[]" });
  const locks = ["shallow.lock", "config.lock", "packed-refs.lock", "refs/lockstep/base.lock"];
  for (const lock of locks) await writeFile(join(folder, lock), "");

  const { base } = await use(world, fetchMain);

  expect(base).toBe(await world.person.git(["rev-parse", "HEAD"]));
});

test.each<[string, (folder: string) => Promise<void>]>([
  ["an emptied config", (folder) => truncate(join(folder, "config"))],
  ["a config that is no config", (folder) => writeFile(join(folder, "config"), "[[[")],
  ["a lost HEAD", (folder) => rm(join(folder, "HEAD"))],
  ["an emptied folder", emptyFolder],
  ["emptied objects", emptyObjects],
  ["a ref to nothing", (folder) => writeFile(join(folder, "refs/lockstep/base"), "")],
])("a cache broken by %s is rebuilt, and the work done", async (_, damage) => {
  await using world = await createWorld();
  const folder = await use(world, async (repository) => {
    await fetchMain(repository);
    return repository.folder;
  });
  await damage(folder);

  const warnings: string[] = [];
  const log = { warn: (_fields: object, message: string) => void warnings.push(message) };
  const cache = repositoryCache({ folder: world.cacheFolder, git: world.git, log });
  const result = await cache.use(world.remote, soon(), async (repository) => {
    const { base } = await fetchMain(repository);
    return repository.writeCommit(plan(base, "db.json", "[]"));
  });

  expect(result.changed).toBe(true);
  expect(warnings).toHaveLength(1);
  expect((await readdir(world.cacheFolder)).filter((name) => /\.(new|old)$/.test(name))).toEqual([]);
  expect(await runGit(folder, ["fsck", "--connectivity-only"])).not.toContain("error");
});

async function emptyFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true });
  await mkdir(folder);
}

async function emptyObjects(folder: string): Promise<void> {
  const names = await readdir(join(folder, "objects"), { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files) {
    await rm(file);
    await writeFile(file, "");
  }
}

test("replicas on one cache folder take turns, as processes and within one", async () => {
  await using world = await createWorld();
  await mkdir(world.cacheFolder, { recursive: true });
  const log = join(world.cacheFolder, "turns");
  const replicas = ["4", "4"].map((rounds) => startReplica(world, log, rounds));
  const codes = await Promise.all(replicas.map(async (replica) => (await once(replica, "exit"))[0] as number));

  expect(codes).toEqual([0, 0]);
  const turns = (await readFile(log, "utf8")).trim().split("\n");
  expect(turns).toHaveLength(16);
  expect(turns.filter((_, index) => index % 2 === 1)).toEqual(
    turns.filter((_, index) => index % 2 === 0).map((line) => line.replace("begin", "end")),
  );

  let inside = 0;
  const most = await Promise.all(
    [1, 2, 3].map(() =>
      use(world, async (repository) => {
        const now = (inside += 1);
        await fetchMain(repository);
        inside -= 1;
        return now;
      }),
    ),
  );
  expect(most).toEqual([1, 1, 1]);
});

test("a replica that was killed at work leaves the cache to the next at once", async () => {
  await using world = await createWorld();
  await mkdir(world.cacheFolder, { recursive: true });
  const log = join(world.cacheFolder, "turns");
  const replica = startReplica(world, log, "hold");
  await vi.waitFor(async () => expect(await readFile(log, "utf8")).toContain("begin"), { timeout: 5000 });

  let arrived = false;
  const next = use(world, async () => void (arrived = true));
  await expect(world.cache.use(world.remote, AbortSignal.timeout(100), fetchMain)).rejects.toMatchObject({
    name: "TimeoutError",
  });
  expect(arrived).toBe(false);
  replica.kill("SIGKILL");
  await next;
  expect(arrived).toBe(true);
});

test("an abort amid a fetch leaves a cache that works", async () => {
  await using world = await createWorld();
  world.server.fault = (path) => (path.endsWith("/git-upload-pack") ? { kind: "hang" } : undefined);
  const controller = new AbortController();
  const aborted = world.cache.use(world.remote, controller.signal, fetchMain).catch(String);
  await vi.waitFor(() => expect(world.server.requests.at(-1)?.path).toContain("/git-upload-pack"));
  controller.abort(new Error("enough"));
  expect(await aborted).toBe("Error: enough");

  world.server.fault = undefined;
  expect((await use(world, fetchMain)).base).toBe(await world.person.git(["rev-parse", "HEAD"]));
});

test("different repositories do not wait for each other", async () => {
  await using world = await createWorld();
  const { url } = await world.server.createRepository("acme/other");
  const other = { ...world.remote, url, identity: repositoryIdentity(url) };
  const folders = await use(world, async ({ folder }) => [
    folder,
    await world.cache.use(other, soon(), (repository) => Promise.resolve(repository.folder)),
  ]);
  expect(new Set(folders).size).toBe(2);
});
