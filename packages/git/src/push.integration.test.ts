import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Repository } from "./repository.ts";
import { runGit } from "./testing/run-git.ts";
import { createWorld, plan, soon, type World } from "./testing/world.ts";

async function pushOne(world: World, act: (repository: Repository, base: string, commit: string) => Promise<void>) {
  await world.cache.use(world.remote, soon(), async (repository) => {
    const { base } = await repository.fetchBase("main");
    const { commit } = await repository.writeCommit(plan(base, "db.json", "[]"));
    await act(repository, base, commit);
  });
}

async function hook(world: World, script: string): Promise<void> {
  const path = join(world.bare, "hooks", "pre-receive");
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

test("a branch that somebody moved, made or deleted meanwhile is left alone (I8)", async () => {
  await using world = await createWorld();
  await pushOne(world, async (repository, base, commit) => {
    const stale = { name: "TransientError", code: "GIT_STALE_LEASE" };
    await expect(repository.push({ branch: "main", commit, lease: undefined })).rejects.toMatchObject(stale);
    await expect(repository.push({ branch: "main", commit, lease: commit })).rejects.toMatchObject(stale);
    await expect(repository.push({ branch: "gone", commit, lease: base })).rejects.toMatchObject(stale);
    await expect(repository.deleteBranch("main", commit)).rejects.toMatchObject(stale);
    expect(await runGit(world.bare, ["for-each-ref", "--format=%(refname) %(objectname)"])).toBe(
      `refs/heads/main ${base}`,
    );
  });
});

test("a branch is created, moved without being a descendant, and deleted; deleting again is no error", async () => {
  await using world = await createWorld();
  await pushOne(world, async (repository, base, commit) => {
    const other = await repository.writeCommit(plan(base, "db.json", "{}"));
    expect(await repository.push({ branch: "sync/a", commit, lease: undefined })).toBe("created");
    expect(await repository.push({ branch: "sync/a", commit: other.commit, lease: commit })).toBe("updated");
    expect(await repository.deleteBranch("sync/a", other.commit)).toBe("deleted");
    expect(await repository.deleteBranch("sync/a", other.commit)).toBe("up-to-date");
  });
});

test.each([
  [
    "echo 'GH006: Protected branch update failed for refs/heads/sync/a.'; exit 1",
    "GIT_PROTECTED_BRANCH",
    "GH006: Protected",
  ],
  ["echo 'no catalogs on Fridays'; exit 1", "GIT_PUSH_REFUSED", "no catalogs on Fridays"],
])("a push that the remote refuses is a PermanentError with its words: %s", async (script, code, words) => {
  await using world = await createWorld();
  await hook(world, script);
  await pushOne(world, async (repository, _base, commit) => {
    await expect(repository.push({ branch: "sync/a", commit, lease: undefined })).rejects.toMatchObject({
      name: "PermanentError",
      code,
      message: expect.stringContaining(words),
    });
  });
});

test("a server that fails is a TransientError and no result", async () => {
  await using world = await createWorld();
  await pushOne(world, async (repository, _base, commit) => {
    world.server.fault = (path) => (path.endsWith("/git-receive-pack") ? { kind: "status", status: 502 } : undefined);
    await expect(repository.push({ branch: "sync/a", commit, lease: undefined })).rejects.toMatchObject({
      name: "TransientError",
      code: "GIT_SERVER_ERROR",
    });
  });
});
