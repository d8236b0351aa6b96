import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Secret } from "@lockstep/shared/errors";
import { tokenCredentials } from "./credentials.ts";
import { createGit } from "./git.ts";
import { openServerRefs } from "./server-refs.ts";
import { runGit } from "./testing/run-git.ts";
import { createWorld, soon } from "./testing/world.ts";

function open(limitMs = 10_000) {
  const refs = openServerRefs({ git: createGit(), limitMs });
  onTestFinished(() => refs[Symbol.asyncDispose]());
  return refs;
}

async function worldWithBranches() {
  const world = await createWorld();
  onTestFinished(() => world[Symbol.asyncDispose]());
  const tip = await runGit(world.bare, ["rev-parse", "main"]);
  for (const branch of ["sync/text", "sync/text_b", "sync/textile", "other"])
    await runGit(world.bare, ["branch", branch, "main"]);
  await runGit(world.bare, ["tag", "sync", "main"]);
  return { ...world, tip };
}

test("lists what begins with a prefix, in one request and without a process", async () => {
  const { remote, server, tip } = await worldWithBranches();
  const refs = await open().list({ ...remote, prefixes: ["refs/heads/main", "refs/heads/sync/text"] }, soon());

  expect(refs).toEqual(
    new Map(["main", "sync/text", "sync/text_b", "sync/textile"].map((name) => [`refs/heads/${name}`, tip])),
  );
  expect(server.requests.map(({ path }) => path)).toEqual(["/acme/models.git/git-upload-pack"]);
});

test("what does not exist is not listed, and that is no failure", async () => {
  const { remote } = await worldWithBranches();

  expect(await open().list({ ...remote, prefixes: ["refs/heads/nothing"] }, soon())).toEqual(new Map());
});

test("a list that grows long is read whole", async () => {
  const { remote, bare, tip } = await worldWithBranches();
  const names = Array.from({ length: 3000 }, (_, index) => `refs/heads/many/${index}`);
  await writeFile(join(bare, "packed-refs"), names.map((name) => `${tip} ${name}\n`).join(""));

  expect([...(await open().list({ ...remote, prefixes: ["refs/heads/many/"] }, soon())).keys()].toSorted()).toEqual(
    names.toSorted(),
  );
});

test("a repository in a folder is asked by git itself", async () => {
  const { bare, tip } = await worldWithBranches();

  expect(await open().list({ url: `file://${bare}`, prefixes: ["refs/heads/sync/text"] }, soon())).toEqual(
    new Map(["sync/text", "sync/text_b", "sync/textile"].map((name) => [`refs/heads/${name}`, tip])),
  );
});

test("a server that does not know version 2 is asked by git itself", async () => {
  const { remote, server, tip } = await worldWithBranches();
  server.fault = () => (server.requests.length === 1 ? { kind: "status", status: 200 } : undefined);

  const refs = await open().list({ ...remote, prefixes: ["refs/heads/other"] }, soon());

  expect(refs).toEqual(new Map([["refs/heads/other", tip]]));
  expect(server.requests[1]?.path).toBe("/acme/models.git/info/refs?service=git-upload-pack");
});

test.each([
  [401, "GIT_AUTH_FAILED"],
  [403, "GIT_ACCESS_DENIED"],
  [404, "GIT_REPOSITORY_NOT_FOUND"],
  [301, "GIT_REPOSITORY_MOVED"],
  [502, "GIT_SERVER_ERROR"],
])("an answer of %i is %s, as it is for git", async (status, code) => {
  const { remote, server } = await worldWithBranches();
  server.fault = () => ({ kind: "status", status, headers: { location: "http://127.0.0.1:9/elsewhere" } });

  await expect(open().list({ ...remote, prefixes: ["refs/heads/main"] }, soon())).rejects.toMatchObject({ code });
  expect(server.requests).toHaveLength(1);
});

test("a rate limit says how long to wait", async () => {
  const { remote, server } = await worldWithBranches();
  server.fault = () => ({ kind: "status", status: 429, headers: { "retry-after": "30" } });

  await expect(open().list({ ...remote, prefixes: ["refs/heads/main"] }, soon())).rejects.toMatchObject({
    code: "GIT_RATE_LIMITED",
    retryAfterMs: 30_000,
  });
});

test("a remote that hangs is given up after its time, and at once when we stop", async () => {
  const { remote, server } = await worldWithBranches();
  server.fault = () => ({ kind: "hang" });
  const question = { ...remote, prefixes: ["refs/heads/main"] };
  const stop = new AbortController();

  await expect(open(100).list(question, soon())).rejects.toMatchObject({ code: "GIT_TIMEOUT" });
  const hanging = open().list(question, stop.signal);
  stop.abort(new Error("stopping"));
  await expect(hanging).rejects.toThrow("stopping");
});

test("a remote that is not there is told in git's own words", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/models.git`;
  await new Promise((resolve) => server.close(resolve));

  await expect(open().list({ url, prefixes: ["refs/heads/main"] }, soon())).rejects.toMatchObject({
    code: "GIT_UNREACHABLE",
  });
});

test("credentials reach their own host only", async () => {
  const { remote, server } = await worldWithBranches();
  const elsewhere = tokenCredentials("http://127.0.0.1:9", new Secret("another token 123456"));

  await expect(
    open().list({ ...remote, credentials: elsewhere, prefixes: ["refs/heads/main"] }, soon()),
  ).rejects.toMatchObject({ code: "GIT_AUTH_FAILED" });
  expect(server.requests.map(({ authorization }) => authorization)).toEqual([undefined]);
});
