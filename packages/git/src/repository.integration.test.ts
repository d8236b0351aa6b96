import { randomBytes } from "node:crypto";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RepositoryIdentity } from "@lockstep/shared/contracts";
import { expect, test } from "vitest";
import { serverToken } from "./testing/git-server.ts";
import { runGit } from "./testing/run-git.ts";
import { bot, createWorld, plan, soon } from "./testing/world.ts";

test("fetches the base and other branches at once, and says which are missing", async () => {
  await using world = await createWorld();
  const main = await world.person.git(["rev-parse", "HEAD"]);
  await world.person.git(["push", "--quiet", "origin", "HEAD:refs/heads/sync/b"]);

  const seen = await world.cache.use(world.remote, soon(), (repository) =>
    repository.fetchBase("main", ["sync/a", "sync/b"]),
  );

  expect(seen).toEqual({
    base: main,
    others: new Map([
      ["sync/a", undefined],
      ["sync/b", main],
    ]),
  });
});

test("a branch that became a folder of branches, or was deleted, is seen as it is", async () => {
  await using world = await createWorld();
  const main = await world.person.git(["rev-parse", "HEAD"]);
  const look = () =>
    world.cache.use(world.remote, soon(), (repository) => repository.fetchBase("main", ["sync", "sync/a"]));
  await world.person.git(["push", "--quiet", "origin", "HEAD:refs/heads/sync"]);
  expect((await look()).others.get("sync")).toBe(main);

  await world.person.git(["push", "--quiet", "origin", ":refs/heads/sync"]);
  await world.person.git(["push", "--quiet", "origin", "HEAD:refs/heads/sync/a"]);

  expect((await look()).others).toEqual(
    new Map([
      ["sync", undefined],
      ["sync/a", main],
    ]),
  );
});

test("a repository without a commit, and one without the branch, are told apart", async () => {
  await using empty = await createWorld({});
  const first = empty.cache.use(empty.remote, soon(), (repository) => repository.fetchBase("main"));
  await expect(first).rejects.toMatchObject({ name: "PermanentError", code: "EMPTY_REPOSITORY" });

  await using world = await createWorld();
  const second = world.cache.use(world.remote, soon(), (repository) => repository.fetchBase("master"));
  await expect(second).rejects.toMatchObject({
    name: "PermanentError",
    code: "BRANCH_NOT_FOUND",
    message: expect.stringContaining("main"),
  });
});

test("reads what stands at paths, and blobs byte for byte", async () => {
  await using world = await createWorld();
  const binary = randomBytes(3000);
  await writeFile(join(world.person.folder, "blob.bin"), binary);
  await symlink("db.json", join(world.person.folder, "link"));
  await world.person.commit({ "deep/er/x.json": "[1]\n" });

  await world.cache.use(world.remote, soon(), async (repository) => {
    const { base } = await repository.fetchBase("main");
    const paths = ["blob.bin", "link", "deep", "deep/er/x.json", "db.json/x", "nothing"];
    const entries = await repository.entriesAt(base, paths);

    expect(Object.fromEntries([...entries].map(([path, { mode }]) => [path, mode]))).toEqual({
      "blob.bin": "100644",
      deep: "040000",
      "deep/er/x.json": "100644",
      link: "120000",
    });
    expect(await repository.entryAt(base, "nothing")).toBeUndefined();
    const oidOf = (path: string) => entries.get(path)?.oid ?? "";
    expect(await repository.readBlob(oidOf("blob.bin"))).toEqual(binary);

    const before = world.server.requests.length;
    const blobs = await repository.readBlobs(["blob.bin", "link", "deep/er/x.json"].map(oidOf));
    const requests = world.server.requests.length - before;
    expect([...blobs.values()].map(String).slice(1)).toEqual(["db.json", "[1]\n"]);
    expect(requests).toBeLessThanOrEqual(2);
    await repository.readBlobs([...blobs.keys()]);
    expect(world.server.requests.length - before).toBe(requests);
  });
});

test("a command that needs no remote fails rather than fetch what is missing", async () => {
  await using world = await createWorld();
  await world.cache.use(world.remote, soon(), async (repository) => {
    const { base } = await repository.fetchBase("main");
    const requests = world.server.requests.length;
    const task = { args: ["cat-file", "blob", `${base}:db.json`], parse: String };
    await expect(world.git.run(task, { folder: repository.folder, signal: soon() })).rejects.toMatchObject({
      code: "GIT_PROTOCOL_REFUSED",
    });
    expect(world.server.requests).toHaveLength(requests);
  });
});

test("writes and pushes a commit without downloading a blob, and leaves no credential in the cache (I9)", async () => {
  const big = randomBytes(1_000_000).toString("base64");
  await using world = await createWorld({ "db.json": "{}\n", "data/big.txt": big, "data/db.json": big });

  const written = await world.cache.use(world.remote, soon(), async (repository) => {
    const { base } = await repository.fetchBase("main");
    const commit = await repository.writeCommit(plan(base, "data/db.json", `${big.slice(10)}new`));
    expect(await repository.push({ branch: "sync/a", commit: commit.commit, lease: undefined })).toBe("created");
    const config = await readFile(join(repository.folder, "config"), "utf8");
    expect(config).not.toMatch(/header|token|authorization/i);
    expect(config).not.toContain(serverToken);
    return commit;
  });

  expect(world.server.bytesSent()).toBeLessThan(10_000);
  expect(await runGit(world.bare, ["rev-parse", "sync/a", "sync/a^{tree}"])).toBe(`${written.commit}\n${written.tree}`);
  expect(await runGit(world.bare, ["diff-tree", "-r", "--name-only", "main", "sync/a"])).toBe("data/db.json");
  expect(await runGit(world.bare, ["log", "-1", "--format=%an %ae %at %cn %ct %s", "sync/a"])).toBe(
    "lockstep[bot] bot@lockstep.test 1748779200 lockstep[bot] 1748779200 Sync models",
  );
  expect(await runGit(world.bare, ["fsck", "--strict"])).toBe("");
});

test("the same cause is the same commit, from any cache, and pushing it again is a no-op (I3)", async () => {
  await using world = await createWorld();
  const identity = (suffix: string) => RepositoryIdentity.parse(`${world.remote.identity}${suffix}`);
  const once = (suffix: string) =>
    world.cache.use({ ...world.remote, identity: identity(suffix) }, soon(), async (repository) => {
      const { base, others } = await repository.fetchBase("main", ["sync/a"]);
      const { commit } = await repository.writeCommit(plan(base, "db.json", "[]"));
      const result = await repository.push({ branch: "sync/a", commit, lease: others.get("sync/a") });
      return { commit, result };
    });

  const first = await once("");
  const again = await once("");
  const elsewhere = await once("-other");

  expect(first.result).toBe("created");
  expect(again).toEqual({ commit: first.commit, result: "up-to-date" });
  expect(elsewhere).toEqual({ commit: first.commit, result: "up-to-date" });
});

test("a push whose answer got lost is a no-op with the old lease too (I3)", async () => {
  await using world = await createWorld();
  await world.cache.use(world.remote, soon(), async (repository) => {
    const { base } = await repository.fetchBase("main");
    const { commit } = await repository.writeCommit(plan(base, "db.json", "[]"));
    const update = { branch: "sync/a", commit, lease: undefined };
    expect(await repository.push(update)).toBe("created");
    expect(await repository.push(update)).toBe("up-to-date");
  });
});

test("adds, changes and deletes files at once; nothing to change writes nothing", async () => {
  await using world = await createWorld({ "a.json": "1", "b/b.json": "2", "c.json": "3" });
  await world.cache.use(world.remote, soon(), async (repository) => {
    const { base } = await repository.fetchBase("main");
    const files = [
      { path: "a.json", content: Buffer.from("one") },
      { path: "b/b.json", content: undefined },
      { path: 'new/"folder" ü/d.sh', content: Buffer.from([0, 255, 10]), mode: "100755" as const },
    ];
    const { commit, changed } = await repository.writeCommit({ base, files, message: "Sync", author: bot });
    expect(changed).toBe(true);
    const listed = (await runGit(repository.folder, ["ls-tree", "-r", "-z", commit])).split("\0").slice(0, -1);
    expect(listed.map((line) => line.replace(/ blob \w+\t/, " "))).toEqual([
      "100644 a.json",
      "100644 c.json",
      '100755 new/"folder" ü/d.sh',
    ]);

    const again = await repository.writeCommit({ base: commit, files, message: "Sync", author: bot });
    const tree = await runGit(repository.folder, ["rev-parse", `${commit}^{tree}`]);
    expect(again).toEqual({ commit, tree, changed: false });
  });
});

test("a file is not written below a file or over a link, and nothing is written for it", async () => {
  await using world = await createWorld();
  await symlink("db.json", join(world.person.folder, "link"));
  await world.person.commit({});
  await world.cache.use(world.remote, soon(), async (repository) => {
    const { base } = await repository.fetchBase("main");
    for (const path of ["db.json/x", "link", "link/x"]) {
      await expect(repository.writeCommit(plan(base, path, "x"))).rejects.toMatchObject({ code: "PATH_NOT_A_FILE" });
    }
    await expect(repository.writeCommit(plan(base, "../x", "x"))).rejects.toMatchObject({ code: "FILE_PATH_INVALID" });
  });
});
