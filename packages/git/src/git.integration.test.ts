import { PermanentError, Secret, TransientError } from "@lockstep/shared/errors";
import { afterEach, expect, test, vi } from "vitest";
import { createGit } from "./git.ts";
import { listRemoteRefs } from "./remote-refs.ts";
import { commandLinesWith } from "./testing/processes.ts";
import { serverToken, startGitServer } from "./testing/git-server.ts";
import { createWorld, soon } from "./testing/world.ts";

afterEach(() => vi.unstubAllEnvs());

const header = (token = serverToken) =>
  new Secret(`Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`);

test("lists the refs of a real remote, all or those of a pattern", async () => {
  await using world = await createWorld();
  const head = await world.person.git(["rev-parse", "HEAD"]);
  await world.person.git(["push", "--quiet", "origin", "HEAD:refs/heads/sync/a", "HEAD:refs/tags/v1"]);
  const { url } = world.remote;
  const options = { signal: soon(), auth: { url, authorization: header() } };

  expect(await world.git.run(listRemoteRefs(url), options)).toEqual(
    new Map([
      ["refs/heads/main", head],
      ["refs/heads/sync/a", head],
      ["refs/tags/v1", head],
    ]),
  );
  expect(await world.git.run(listRemoteRefs(url, ["refs/tags/*"]), options)).toEqual(new Map([["refs/tags/v1", head]]));
});

test.each([
  ["a wrong token", { name: "acme/models", token: "wrong-token-1234", code: "GIT_AUTH_FAILED" }],
  ["a missing repository", { name: "acme/nothing", token: serverToken, code: "GIT_REPOSITORY_NOT_FOUND" }],
])("%s is a PermanentError", async (_, { name, token, code }) => {
  await using world = await createWorld();
  const url = `${world.server.origin}/${name}.git`;
  const failed = world.git.run(listRemoteRefs(url), { signal: soon(), auth: { url, authorization: header(token) } });
  await expect(failed).rejects.toBeInstanceOf(PermanentError);
  await expect(failed).rejects.toMatchObject({ code });
});

test.each([
  [429, "GIT_RATE_LIMITED"],
  [503, "GIT_SERVER_ERROR"],
])("an answer %i is a TransientError", async (status, code) => {
  await using server = await startGitServer();
  server.fault = () => ({ kind: "status", status });
  const failed = createGit().run(listRemoteRefs(`${server.origin}/a/b.git`), { signal: soon() });
  await expect(failed).rejects.toBeInstanceOf(TransientError);
  await expect(failed).rejects.toMatchObject({ code });
});

test("a host that does not answer the door is a TransientError", async () => {
  const server = await startGitServer();
  await server[Symbol.asyncDispose]();
  const failed = createGit().run(listRemoteRefs(`${server.origin}/a/b.git`), { signal: soon() });
  await expect(failed).rejects.toMatchObject({ name: "TransientError", code: "GIT_UNREACHABLE" });
});

test("an abort ends git and all its children, and nobody ever saw the credential in their arguments (I9)", async () => {
  await using server = await startGitServer();
  server.fault = () => ({ kind: "hang" });
  const url = `${server.origin}/a/b.git`;
  const controller = new AbortController();
  const authorization = header();

  const running = createGit().run(listRemoteRefs(url), { signal: controller.signal, auth: { url, authorization } });
  const ended = running.catch(String);
  await vi.waitFor(() => expect(server.requests).toHaveLength(1));
  const commandLines = await commandLinesWith(url);
  controller.abort(new Error("enough"));
  expect(await ended).toBe("Error: enough");

  expect(server.requests[0]?.authorization).toBe(authorization.reveal());
  expect(commandLines.length).toBeGreaterThan(1);
  expect(commandLines.join()).not.toContain(authorization.reveal().slice("Basic ".length));
  expect(commandLines.join()).not.toContain(serverToken);
  expect(await commandLinesWith(url)).toEqual([]);
});

test("a remote that hangs ends at the time limit as a TransientError", async () => {
  await using server = await startGitServer();
  server.fault = () => ({ kind: "hang" });
  const url = `${server.origin}/a/b.git`;

  const failed = createGit({ limitMs: 200 }).run(listRemoteRefs(url), { signal: soon() });

  await expect(failed).rejects.toMatchObject({ name: "TransientError", code: "GIT_TIMEOUT" });
  expect(await commandLinesWith(url)).toEqual([]);
});

test("a signal that has fired starts nothing", async () => {
  await using server = await startGitServer();
  const running = createGit().run(listRemoteRefs(server.origin), { signal: AbortSignal.abort(new Error("too late")) });
  await expect(running).rejects.toThrow("too late");
  expect(server.requests).toEqual([]);
});

test("credentials go to no other host, neither asked nor by redirect (I9)", async () => {
  await using home = await startGitServer();
  await using elsewhere = await startGitServer();
  const url = `${home.origin}/a/b.git`;
  const auth = { url, authorization: header() };
  home.fault = (path) => ({ kind: "status", status: 301, headers: { location: `${elsewhere.origin}${path}` } });

  const redirected = createGit().run(listRemoteRefs(url), { signal: soon(), auth });
  await expect(redirected).rejects.toMatchObject({ name: "PermanentError", code: "GIT_REPOSITORY_MOVED" });
  expect(elsewhere.requests).toEqual([]);

  const asked = createGit().run(listRemoteRefs(`${elsewhere.origin}/a/b.git`), { signal: soon(), auth });
  await expect(asked).rejects.toMatchObject({ code: "GIT_AUTH_FAILED" });
  expect(elsewhere.requests.map(({ authorization }) => authorization)).not.toContain(auth.authorization.reveal());
});

test("a transport that runs programs is refused", async () => {
  const failed = createGit().run(listRemoteRefs("ext::touch /tmp/owned"), { signal: soon() });
  await expect(failed).rejects.toMatchObject({ name: "PermanentError", code: "GIT_PROTOCOL_REFUSED" });
});

test("a machine without git is a PermanentError, whichever way git is started", async () => {
  vi.stubEnv("PATH", "/nowhere");
  const local = createGit().run({ args: ["version"], parse: String }, { signal: soon() });
  await expect(local).rejects.toMatchObject({ name: "PermanentError", code: "GIT_NOT_INSTALLED" });
  const remote = createGit().run(listRemoteRefs("https://x.test/a"), { signal: soon() });
  await expect(remote).rejects.toMatchObject({ name: "PermanentError", code: "GIT_NOT_INSTALLED" });
});

test("reading our own folder obeys abort and time limit too", async () => {
  const forever = { args: ["hash-object", "--stdin"], parse: String };
  const controller = new AbortController();
  const running = createGit().run(forever, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(running).rejects.toThrow("enough");
  await expect(createGit({ limitMs: 100 }).run(forever, { signal: soon() })).rejects.toMatchObject({
    code: "GIT_TIMEOUT",
  });
});
