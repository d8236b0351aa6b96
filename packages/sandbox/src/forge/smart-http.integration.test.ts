import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cloneRepository, createScene, name, type Clone } from "./testing/scene.ts";

async function pushChange(clone: Clone, branch: string, content: string): Promise<string> {
  await clone.git("checkout", "--quiet", "-B", branch);
  await writeFile(join(clone.folder, "db.json"), content);
  await clone.git("commit", "--quiet", "--all", "--message", content);
  await clone.git("push", "--quiet", "--force", "origin", branch);
  return await clone.git("rev-parse", "HEAD");
}

test("a pull request follows what git pushes to its branch, before the push returns", async () => {
  await using scene = await createScene();
  const { forge, octokit, where } = scene;
  await using clone = await cloneRepository(`${forge.url}/${name}.git`, forge.token);
  await pushChange(clone, "sync/models", "one");
  const { data: opened } = await octokit.pulls.create({ ...where, title: "One", head: "sync/models", base: "main" });

  const head = await pushChange(clone, "sync/models", "two");
  const { data: listed } = await octokit.pulls.list({ ...where, head: "acme:sync/models" });
  await clone.git("push", "--quiet", "origin", ":sync/models");
  const { data: closed } = await octokit.pulls.get({ ...where, pull_number: opened.number });

  expect(listed.map((pull) => pull.head.sha)).toEqual([head]);
  expect(closed).toMatchObject({ state: "closed", merged: false, head: { sha: head } });
  expect(forge.refs(name).get("refs/pull/1/head")).toBe(head);
});

test("a blobless shallow clone works and every byte is counted", async () => {
  await using scene = await createScene();
  const { forge } = scene;
  await forge.commit(name, { files: { "big.json": randomBytes(100_000).toString("hex") } });
  const since = performance.timeOrigin + performance.now();

  const partial = ["--bare", "--filter=blob:none", "--depth=1", "--single-branch"];
  await using clone = await cloneRepository(`${forge.url}/${name}.git`, undefined, ...partial);
  const objects = await clone.git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype)");
  const { fetches, pushes, responseBytes } = forge.log.counts(since);

  expect(objects.split("\n").toSorted()).toEqual(["commit", "tree"]);
  expect({ fetches, pushes }).toEqual({ fetches: 1, pushes: 0 });
  expect(responseBytes).toBeGreaterThan(300);
  expect(responseBytes).toBeLessThan(5000);
});

test("any object may be fetched by its id", async () => {
  await using scene = await createScene();
  const { forge } = scene;
  const [old] = await forge.history(name, "main");
  await forge.commit(name, { from: await emptyRoot(scene.forge.url, forge.token), files: { "new.json": "1" } });
  await using clone = await cloneRepository(`${forge.url}/${name}.git`, forge.token);

  await clone.git("fetch", "--quiet", "origin", old?.sha ?? "");

  expect(await clone.git("rev-parse", "FETCH_HEAD")).toBe(old?.sha);
});

/** A commit without parents, pushed to a branch of its own. */
async function emptyRoot(url: string, token: string): Promise<string> {
  await using clone = await cloneRepository(`${url}/${name}.git`, token);
  const tree = await clone.git("write-tree");
  const root = await clone.git("commit-tree", "-m", "root", tree);
  await clone.git("push", "--quiet", "origin", `${root}:refs/heads/root`);
  return root;
}

test("nobody pushes without a name, and a private repository is hidden from who may not see it", async () => {
  await using scene = await createScene();
  const { forge } = scene;
  await forge.createRepository({ owner: "acme", name: "secret", files: { a: "1" }, private: true });
  const reader = forge.addToken({ login: "visitor" });
  const open = `${forge.url}/${name}.git`;
  await using anonymous = await cloneRepository(open, undefined);
  await using visitor = await cloneRepository(open, reader);
  const change = (clone: Clone) => pushChange(clone, "mine", "two");

  await expect(change(anonymous)).rejects.toThrow(/could not read Username/);
  await expect(change(visitor)).rejects.toThrow(/Permission to acme\/models.git denied to visitor|403/);
  await expect(cloneRepository(`${forge.url}/acme/secret.git`, undefined)).rejects.toThrow(/could not read Username/);
  await expect(cloneRepository(`${forge.url}/acme/secret.git`, reader)).rejects.toThrow(/not found/);
  await expect(cloneRepository(open, "ghp_wrong")).rejects.toThrow(/could not read Username|Authentication failed/);
});

test("an archived repository and hidden refs take no push", async () => {
  await using scene = await createScene();
  const { forge } = scene;
  await using clone = await cloneRepository(`${forge.url}/${name}.git`, forge.token);

  await expect(clone.git("push", "origin", "HEAD:refs/pull/1/head")).rejects.toThrow(/hidden ref/);
  forge.configure(name, { archived: true });
  await expect(clone.git("push", "origin", "HEAD:refs/heads/b")).rejects.toThrow(/403/);
});

test("a protected branch is refused in GitHub's words, and the rest of the push goes through", async () => {
  await using scene = await createScene();
  const { forge } = scene;
  forge.protect(name, "main", { requirePullRequest: true });
  await using clone = await cloneRepository(`${forge.url}/${name}.git`, forge.token);
  await clone.git("commit", "--quiet", "--allow-empty", "--message", "two");

  const push = clone.git("push", "origin", "HEAD:main", "HEAD:other");

  await expect(push).rejects.toThrow(
    /remote: error: GH006: Protected branch update failed for refs\/heads\/main[\s\S]*\[new branch\] +HEAD -> other[\s\S]*remote rejected\] HEAD -> main \(protected branch hook declined\)/,
  );
  expect([...forge.refs(name).keys()]).toEqual(["refs/heads/main", "refs/heads/other"]);
});

test("a protected branch refuses force-pushes and deletion alone where no pull request is asked for", async () => {
  await using scene = await createScene();
  const { forge } = scene;
  await forge.commit(name, { branch: "stable", files: { "db.json": "1" } });
  forge.protect(name, "stable");
  await using clone = await cloneRepository(`${forge.url}/${name}.git`, forge.token, "--branch=stable");

  await expect(clone.git("push", "--force", "origin", "HEAD^:stable")).rejects.toThrow(/Cannot force-push/);
  await expect(clone.git("push", "origin", ":stable")).rejects.toThrow(/Cannot delete a protected branch/);
  await clone.git("commit", "--quiet", "--allow-empty", "--message", "forward");
  await clone.git("push", "--quiet", "origin", "HEAD:stable");

  expect(forge.refs(name).get("refs/heads/stable")).toBe(await clone.git("rev-parse", "HEAD"));
});

test("a hook refuses a push once, in its own words", async () => {
  await using scene = await createScene();
  const { forge } = scene;
  const effect = { kind: "refuse-push", ref: "refs/heads/sync/*", by: "hook", message: "no sync on Fridays" } as const;
  const path = `/${name}.git/git-receive-pack`;
  forge.faults.add({ path, effect });
  await using clone = await cloneRepository(`${forge.url}/${name}.git`, forge.token);

  await expect(pushChange(clone, "sync/a", "one")).rejects.toThrow(
    /remote: no sync on Fridays[\s\S]*\(pre-receive hook declined\)/,
  );
  await clone.git("push", "--quiet", "origin", "sync/a");

  expect(forge.log.counts().pushes).toBe(2);
});

test("a push whose answer is lost has happened", async () => {
  await using scene = await createScene();
  const { forge } = scene;
  await using clone = await cloneRepository(`${forge.url}/${name}.git`, forge.token);
  const path = `/${name}.git/git-receive-pack`;
  forge.faults.add({ path, effect: { kind: "bad-gateway" } });
  forge.faults.add({ path, skip: 1, effect: { kind: "drop", when: "after" } });

  await expect(pushChange(clone, "a", "one")).rejects.toThrow(/502/);
  await expect(pushChange(clone, "b", "two")).rejects.toThrow(/RPC failed|hung up/);

  const names = ["refs/heads/a", "refs/heads/b", "refs/heads/main"];
  await expect.poll(() => [...forge.refs(name).keys()]).toEqual(names);
});

test("a push of many megabytes is streamed, compressed or not", async () => {
  await using scene = await createScene();
  const { forge } = scene;
  await using clone = await cloneRepository(`${forge.url}/${name}.git`, forge.token);
  await writeFile(join(clone.folder, "noise.bin"), randomBytes(8 << 20));
  await clone.git("add", "noise.bin");

  const head = await pushChange(clone, "big", "one");

  expect(forge.refs(name).get("refs/heads/big")).toBe(head);
  expect(forge.log.counts().requestBytes).toBeGreaterThan(8 << 20);
});
