import { startForge, type Forge } from "@lockstep/sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createWorld } from "./testing/publishing-world.ts";

let forge: Forge;
beforeAll(async () => {
  forge = await startForge();
});
afterAll(() => forge.close());
beforeEach(() => {
  forge.faults.clear();
  forge.log.clear();
});
afterEach(() => {
  if (forge.violations.length > 0) throw new Error(forge.violations.join("\n"));
});

const more = { one: 1, two: 2, three: 3 };
const branch = "sync/models";
const ref = `refs/heads/${branch}`;

function coded(code: string, more: object = {}) {
  return expect.objectContaining({ code, ...more });
}

test.each(["bad-gateway", "drop"] as const)(
  "a POST that worked and ended in %s is found, not sent again",
  async (kind) => {
    await using world = await createWorld(forge, { pullRequest: { labels: ["sync"] } });
    const effect = kind === "drop" ? ({ kind, when: "after" } as const) : { kind };
    forge.faults.add({ method: "POST", path: "*/pulls", effect });

    const ran = await world.publish({ text: more });

    expect(ran.outcomes).toMatchObject([{ action: "opened", number: 1 }]);
    expect(forge.pulls(world.repository)).toMatchObject([{ labels: ["sync"] }]);
  },
);

test("a POST that did not work is looked for and left to the next try", async () => {
  await using world = await createWorld(forge);
  forge.faults.add({ method: "POST", path: "*/pulls", effect: { kind: "drop", when: "before" } });
  const diff = await world.diff({ text: more });

  await expect(world.run(diff)).rejects.toThrow(coded("GITHUB_UNREACHABLE"));

  forge.log.clear();
  expect((await world.run(diff)).outcomes).toMatchObject([{ action: "opened", number: 1 }]);
  expect(forge.log.counts().pushes).toBe(0);
});

test("“A pull request already exists”, though the list did not show it: found by head and updated", async () => {
  await using world = await createWorld(forge);
  await world.publish({ text: more });
  world.state.record = undefined;
  // The first look is answered by a replica that lags.
  forge.faults.add({ method: "GET", path: "*/pulls", effect: { kind: "status", status: 200, body: [] } });

  const ran = await world.publish({ text: { ...more, four: 4 } });

  expect(ran.outcomes).toMatchObject([{ action: "opened", number: 1 }]);
  expect(forge.pulls(world.repository)).toMatchObject([{ title: "Sync models: +2 −0 ~0" }]);
});

test("a pull request that GitHub has and lists nowhere yet is waited for", async () => {
  await using world = await createWorld(forge);
  await world.publish({ text: more });
  world.state.record = undefined;
  forge.faults.add({ method: "GET", path: "*/pulls", times: 3, effect: { kind: "status", status: 200, body: [] } });
  const diff = await world.diff({ text: { ...more, four: 4 } });

  await expect(world.run(diff)).rejects.toThrow(coded("GITHUB_STALE_READ", { retryAfterMs: 2000 }));
  expect((await world.run(diff)).outcomes).toMatchObject([{ number: 1 }]);
  expect(forge.pulls(world.repository)).toHaveLength(1);
});

test.each([
  ["secondary", { kind: "secondary-limit", retryAfterSeconds: 120 }],
  ["primary", { kind: "primary-limit", resetInSeconds: 120 }],
  ["secondary, as 429,", { kind: "secondary-limit", retryAfterSeconds: 120, status: 429 }],
] as const)(
  "a %s limit pauses this forge and credential for all, and then nothing is sent at all",
  async (_, effect) => {
    await using world = await createWorld(forge);
    const diff = await world.diff({ text: more });
    forge.faults.add({ method: "POST", path: "*/pulls", effect });

    const limited = world.run(diff);

    await expect(limited).rejects.toThrow(coded("GITHUB_RATE_LIMITED", { name: "LaterError" }));
    const [[name, untilMs] = ["", 0]] = world.pauses.all;
    expect(name).toMatch(/^github\.127\.0\.0\.1_\d+\.token-[0-9a-f]{12}$/);
    expect(untilMs - Date.now()).toBeGreaterThan(110_000);
    expect(untilMs - Date.now()).toBeLessThan(130_000);
    forge.log.clear();
    await expect(world.run(diff)).rejects.toThrow(coded("GITHUB_RATE_LIMITED", { untilMs }));
    expect(forge.log.calls()).toEqual([]);

    world.pauses.all.clear();
    expect((await world.run(diff)).actions).toEqual(["opened"]);
  },
);

test("a pause that begins during a run stops it before its push", async () => {
  await using world = await createWorld(forge);
  const diff = await world.diff({ text: more });
  await world.run(diff);
  const [name = ""] = [...world.pauses.all.keys()];
  expect(name).toBe("");
  const untilMs = Date.now() + 60_000;
  // Another replica is told to wait while this one looks.
  let asked = 0;
  world.pauses.until = () => Promise.resolve(asked++ === 0 ? undefined : untilMs);
  forge.log.clear();

  await expect(world.publish({ text: { ...more, four: 4 } })).rejects.toThrow(
    coded("GITHUB_RATE_LIMITED", { untilMs }),
  );
  expect(forge.log.counts()).toMatchObject({ pushes: 0, apiWrites: 0 });
});

test.each([
  [
    "an HTML page of a proxy",
    { kind: "status", status: 200, body: "<html>Sign in</html>" },
    "GITHUB_ANSWER_UNREADABLE",
  ],
  ["JSON of somebody else", { kind: "status", status: 200, body: { hello: 1 } }, "GITHUB_ANSWER_UNREADABLE"],
  [
    "503",
    { kind: "status", status: 503, body: "<html>Unicorn!</html>", headers: { "retry-after": "7" } },
    "GITHUB_UNAVAILABLE",
  ],
  ["no answer in time", { kind: "delay", ms: 1500 }, "GITHUB_UNREACHABLE"],
] as const)("%s is one clear error that is tried again", async (_, effect, code) => {
  await using world = await createWorld(forge, { timeoutMs: 800 });
  const diff = await world.diff({ text: more });
  forge.faults.add({ method: "GET", path: "*/pulls", effect });

  const error: unknown = await world.run(diff).catch((failure: unknown) => failure);

  expect(error).toMatchObject({ name: "TransientError", code, hint: expect.any(String) });
  expect(String(error)).toContain(`GET /repos/${world.repository}/pulls`);
  expect((await world.run(diff)).actions).toEqual(["opened"]);
});

test("a branch that is protected against us: the words of the forge", async () => {
  await using world = await createWorld(forge);
  forge.faults.add({ path: "*/git-receive-pack", effect: { kind: "refuse-push", ref, by: "protection" } });

  await expect(world.publish({ text: more })).rejects.toThrow(
    coded("GIT_PROTECTED_BRANCH", { name: "PermanentError" }),
  );
  expect(forge.pulls(world.repository)).toEqual([]);
});

test.concurrent("a wrong token: one clear error, without the token (I9)", async () => {
  const token = "ghp_wrongwrongwrongwrong";
  await using world = await createWorld(forge, { token });

  const error = await world.publish({ text: more }).catch((failure: unknown) => failure);

  expect(error).toMatchObject({ name: "PermanentError", code: expect.stringMatching(/^GI(T|THUB)_AUTH_FAILED$/) });
  expect(error).toMatchObject({ hint: expect.stringContaining("token") });
  expect(String(error)).not.toContain(token);
});

test.concurrent("a token that may read and not write is told so", async () => {
  const token = forge.addToken({ login: "reader", permission: "read" });
  await using world = await createWorld(forge, { token });
  const [owner] = world.repository.split("/");
  expect(owner).toBe("acme");

  await expect(world.publish({ text: more })).rejects.toThrow(
    expect.objectContaining({
      name: "PermanentError",
      code: expect.stringMatching(/GIT_ACCESS_DENIED|GIT_PUSH_REFUSED/),
    }),
  );
});

test.concurrent("no token at all is told so", async () => {
  await using world = await createWorld(forge, { token: "" });

  await expect(world.publish({ text: more })).rejects.toThrow(coded("GITHUB_NO_CREDENTIALS"));
});

test.concurrent("a repository that does not exist: one clear error", async () => {
  await using world = await createWorld(forge);
  const diff = await world.diff({ text: more });
  world.configure({ target: { repository: "acme/nowhere" } });

  const error = await world.run({ ...diff, repository: world.target().identity }).catch((failure: unknown) => failure);

  expect(error).toMatchObject({ name: "PermanentError", code: expect.stringMatching(/NOT_FOUND/) });
});

test.concurrent("an archived repository takes nothing, and GitHub's words say so", async () => {
  await using world = await createWorld(forge);
  forge.configure(world.repository, { archived: true });

  await expect(world.publish({ text: more })).rejects.toThrow(
    expect.objectContaining({ name: "PermanentError", message: expect.stringMatching(/archived/i) }),
  );
});

test.concurrent("somebody moves the branch between our look and our push: refused, read again, held (I8)", async () => {
  await using world = await createWorld(forge);
  await world.publish({ text: more });
  const diff = await world.diff({ text: { ...more, four: 4 } });
  let asked = 0;
  const theirs: string[] = [];
  world.pauses.until = async () => {
    // The second question comes just before the push.
    if (++asked === 2) theirs.push(await forge.commit(world.repository, { branch, files: { "mine.txt": "mine" } }));
    return undefined;
  };

  await expect(world.run(diff)).rejects.toThrow(coded("GIT_STALE_LEASE", { name: "TransientError" }));
  expect(forge.refs(world.repository).get(ref)).toBe(theirs[0]);
  expect((await world.run(diff)).actions).toEqual(["held"]);
});
