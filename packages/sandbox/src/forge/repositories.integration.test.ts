import { generateKeyPairSync, createSign } from "node:crypto";
import { expect, test } from "vitest";
import { cloneRepository, createScene, name, refusal } from "./testing/scene.ts";

test("a repository shows what it is and what the caller may do", async () => {
  await using scene = await createScene();
  const { octokit, where, forge } = scene;
  const visitor = scene.clientOf(forge.addToken({ login: "visitor" }));

  const { data: mine } = await octokit.repos.get(where);
  const { data: theirs } = await visitor.repos.get(where);

  expect(mine).toMatchObject({ default_branch: "main", archived: false, allow_squash_merge: true });
  expect(mine.permissions).toMatchObject({ admin: true, push: true });
  expect(theirs.permissions).toMatchObject({ admin: false, push: false, pull: true });
  expect(mine.clone_url).toBe(`${forge.url}/acme/models.git`);
});

test("who may not is refused in GitHub's words", async () => {
  await using scene = await createScene();
  const { octokit, where, forge } = scene;
  const number = await scene.openPull("sync");
  await forge.createRepository({ owner: "acme", name: "secret", private: true });
  const visitor = scene.clientOf(forge.addToken({ login: "visitor" }));
  const nobody = scene.clientOf(undefined);
  const close = (client: typeof octokit) =>
    refusal(client.pulls.update({ ...where, pull_number: number, state: "closed" }));

  expect(await refusal(scene.clientOf("ghp_wrong").repos.get(where))).toMatchObject({
    status: 401,
    message: "Bad credentials",
  });
  expect(await refusal(octokit.repos.get({ owner: "acme", repo: "none" }))).toMatchObject({
    status: 404,
    message: "Not Found",
  });
  expect(await refusal(visitor.repos.get({ owner: "acme", repo: "secret" }))).toMatchObject({ status: 404 });
  expect(await close(visitor)).toMatchObject({ status: 403 });
  expect(await close(nobody)).toMatchObject({ status: 401, message: "Requires authentication" });
  forge.configure(name, { archived: true });
  expect(await close(octokit)).toMatchObject({ status: 403, message: "Repository was archived so is read-only." });
  forge.revokeToken(forge.token);
  expect(await close(octokit)).toMatchObject({ status: 401, message: "Bad credentials" });
});

test("refs with slashes are read, made, moved and deleted", async () => {
  await using scene = await createScene();
  const { octokit, where, forge } = scene;
  const main = forge.refs(name).get("refs/heads/main") ?? "";
  const ref = "heads/sync/a";
  await octokit.git.createRef({ ...where, ref: `refs/${ref}`, sha: main });
  const next = await forge.commit(name, { files: { b: "1" } });

  await octokit.git.updateRef({ ...where, ref, sha: next });
  const back = await refusal(octokit.git.updateRef({ ...where, ref, sha: main }));
  const again = await refusal(octokit.git.createRef({ ...where, ref: `refs/${ref}`, sha: main }));
  const { data } = await octokit.git.getRef({ ...where, ref });
  const raw = await fetch(`${forge.apiUrl}/repos/${name}/git/ref/${ref}`);
  const { data: matching } = await octokit.git.listMatchingRefs({ ...where, ref: "heads/sync" });
  await octokit.git.deleteRef({ ...where, ref });

  expect(back.message).toBe("Update is not a fast forward");
  expect(again.message).toBe("Reference already exists");
  expect(data.object).toMatchObject({ sha: next, type: "commit" });
  expect(await raw.json()).toEqual(data);
  expect(matching.map((one) => one.ref)).toEqual(["refs/heads/sync/a"]);
  expect(await refusal(octokit.git.getRef({ ...where, ref }))).toMatchObject({ status: 404 });
  expect(await refusal(octokit.git.deleteRef({ ...where, ref }))).toMatchObject({
    message: "Reference does not exist",
  });
  const missing = octokit.git.createRef({ ...where, ref: "refs/heads/x", sha: "1".repeat(40) });
  expect(await refusal(missing)).toMatchObject({ message: "Object does not exist" });
});

test("branches, their protection, commits and files are read", async () => {
  await using scene = await createScene();
  const { octokit, where, forge } = scene;
  forge.protect(name, "main", { requirePullRequest: true });
  const open = await forge.commit(name, { branch: "sync/a", files: { "data/x.json": "é" } });

  const { data: branches } = await octokit.repos.listBranches(where);
  const { data: branch } = await octokit.repos.getBranch({ ...where, branch: "sync/a" });
  const { data: rule } = await octokit.repos.getBranchProtection({ ...where, branch: "main" });
  const { data: commit } = await octokit.repos.getCommit({ ...where, ref: "sync/a" });
  const { data: commits } = await octokit.repos.listCommits({ ...where, sha: "sync/a" });
  const { data: file } = await octokit.repos.getContent({ ...where, path: "data/x.json", ref: "sync/a" });

  expect(branches.map((one) => [one.name, one.protected])).toEqual([
    ["main", true],
    ["sync/a", false],
  ]);
  expect(branch).toMatchObject({ commit: { sha: open }, protected: false });
  expect(rule.required_pull_request_reviews).toBeDefined();
  expect([commit.sha, commits.length]).toEqual([open, 2]);
  expect("content" in file && Buffer.from(file.content, "base64").toString()).toBe("é");
  const unprotected = octokit.repos.getBranchProtection({ ...where, branch: "sync/a" });
  expect(await refusal(unprotected)).toMatchObject({ status: 404, message: "Branch not protected" });
});

test("permissions of users and the caller's own name are told", async () => {
  await using scene = await createScene();
  const { octokit, where, forge } = scene;
  forge.addCollaborator(name, "writer");
  const permission = async (username: string) =>
    (await octokit.repos.getCollaboratorPermissionLevel({ ...where, username })).data.permission;

  expect((await octokit.users.getAuthenticated()).data.login).toBe("lockstep-bot");
  expect(await permission("writer")).toBe("write");
  expect(await permission("acme")).toBe("admin");
  expect(await refusal(permission("nobody"))).toMatchObject({ status: 404 });
});

function jwt(privateKey: string, claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`;
}

const encoding = {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
} as const;

test("an App gets tokens by its key, for its installation, that end when they are due", async () => {
  const keys = generateKeyPairSync("rsa", encoding);
  const other = generateKeyPairSync("rsa", encoding);
  const app = { id: 7, installationId: 70, publicKey: keys.publicKey, tokenLifeMs: 1000, repositories: [name] };
  await using scene = await createScene({ app });
  const { forge, where } = scene;
  await forge.createRepository({ owner: "acme", name: "other", private: true, files: { a: "1" } });
  const now = Math.floor(Date.now() / 1000);
  const claims = { iat: now - 30, exp: now + 300, iss: "7" };
  const ask = async (token: string, installation_id = 70) =>
    (await scene.clientOf(token).apps.createInstallationAccessToken({ installation_id })).data;

  expect(await refusal(ask(jwt(other.privateKey, claims)))).toMatchObject({ status: 401 });
  expect(await refusal(ask(jwt(keys.privateKey, { ...claims, exp: now - 1 })))).toMatchObject({ status: 401 });
  expect(await refusal(ask(jwt(keys.privateKey, { ...claims, exp: now + 3600 })))).toMatchObject({ status: 401 });
  expect(await refusal(ask(jwt(keys.privateKey, claims), 71))).toMatchObject({ status: 404 });
  const issued = Date.now();
  const { token, expires_at } = await ask(jwt(keys.privateKey, claims));
  const client = scene.clientOf(token);
  const { data: installation } = await scene.clientOf(jwt(keys.privateKey, claims)).apps.getRepoInstallation(where);

  expect(token).toMatch(/^ghs_/);
  expect(Date.parse(expires_at)).toBeGreaterThan(issued - 1000);
  expect(installation).toMatchObject({ id: 70, app_id: 7 });
  expect((await client.repos.get(where)).data.permissions).toMatchObject({ push: true, admin: false });
  expect(await refusal(client.repos.get({ owner: "acme", repo: "other" }))).toMatchObject({ status: 404 });
  await using clone = await cloneRepository(`${forge.url}/${name}.git`, token);
  await clone.git("push", "--quiet", "origin", "HEAD:refs/heads/by-app");
  const words = () =>
    client.repos.get(where).then(
      () => "still good",
      (error: Error) => error.message,
    );
  await expect.poll(words, { timeout: 3000 }).toContain("Bad credentials");
  expect(Date.now() - issued).toBeGreaterThanOrEqual(1000);
});
