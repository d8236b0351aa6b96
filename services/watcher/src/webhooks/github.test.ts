import { createHmac } from "node:crypto";
import { anything, assert, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { PermanentError, Secret } from "@lockstep/shared/runtime";
import { gitHubHooks } from "./github.ts";

const sha = "1".repeat(40);
const repository = { clone_url: "https://GitHub.com/Acme/Models.git", full_name: "Acme/Models" };
const fork = { clone_url: "https://github.com/somebody/models.git" };
const headers = {
  "x-github-event": "push",
  "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
  "x-github-hook-id": "292430182",
};

function read(event: string, payload: unknown, more: Readonly<Record<string, string>> = {}) {
  const body = Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload));
  return gitHubHooks.read({ headers: { ...headers, "x-github-event": event, ...more }, body });
}

function pullRequest(action: string, more: object = {}, repo: object | null = repository) {
  return { action, repository, pull_request: { head: { ref: "sync/text", sha, repo } }, ...more };
}

test("a delivery is named by hook and delivery, and its repository by identity", () => {
  expect(read("push", { ref: "refs/heads/main", after: sha, repository })).toEqual({
    id: "github:292430182:72d3162e-cc78-11e3-81ab-4c9367dc0958",
    repository: "github.com/acme/models",
    news: { kind: "push", ref: "refs/heads/main", head: sha },
  });
});

test("a push of nothing is a deletion", () => {
  const { news } = read("push", { ref: "refs/heads/sync/text", after: "0".repeat(40), repository });

  expect(news).toEqual({ kind: "push", ref: "refs/heads/sync/text", head: undefined });
});

test.each([
  ["closed", "closed"],
  ["reopened", "reopened"],
  ["synchronize", "moved"],
])("a pull request that GitHub calls %s was %s", (action, what) => {
  expect(read("pull_request", pullRequest(action)).news).toEqual({
    kind: "pull-request",
    what,
    ref: "refs/heads/sync/text",
    head: sha,
  });
});

test("an edit counts where it changed the base", () => {
  const base = { changes: { base: { ref: { from: "main" } } } };
  const title = { changes: { title: { from: "Sync" } } };

  expect(read("pull_request", pullRequest("edited", base)).news).toMatchObject({ what: "retargeted" });
  expect(read("pull_request", pullRequest("edited", title)).news.kind).toBe("nothing");
});

test.each(["opened", "labeled", "assigned", "review_requested", "converted_to_draft", "something_new"])(
  "a pull request that was %s calls for nothing",
  (action) => {
    expect(read("pull_request", pullRequest(action)).news).toEqual({
      kind: "nothing",
      reason: `a pull request that was ${action} needs no look`,
    });
  },
);

test.each([
  ["a fork", fork],
  ["a fork that is gone", null],
])("a pull request from %s is none of ours, whatever its branch is called", (_whence, repo) => {
  expect(read("pull_request", pullRequest("closed", {}, repo)).news.kind).toBe("nothing");
});

test("a ping is answered, with a repository or without", () => {
  expect(read("ping", { zen: "Keep it logically awesome.", repository }).news).toEqual({ kind: "ping" });
  expect(read("ping", { zen: "Keep it logically awesome." }).repository).toBeUndefined();
});

test("any other event is nothing, and says so", () => {
  expect(read("issues", { action: "opened", repository }).news).toEqual({
    kind: "nothing",
    reason: "issues changes neither source nor target",
  });
});

describe("what does not parse is refused", () => {
  test.each([
    ["half a JSON", "push", '{"ref":'],
    ["no object", "push", "[]"],
    ["a push without a commit", "push", { ref: "refs/heads/main", repository }],
    ["a push of no commit", "push", { ref: "refs/heads/main", after: "; rm -rf /", repository }],
    ["a pull request without a head", "pull_request", { action: "closed", repository }],
    ["a repository without an address", "push", { ref: "refs/heads/main", after: sha, repository: {} }],
    ["a repository that is none", "push", { ref: "refs/heads/main", after: sha, repository: { clone_url: "x" } }],
  ])("%s", (_what, event, payload) => {
    expect(() => read(event, payload)).toThrow(expect.objectContaining({ code: "WEBHOOK_UNREADABLE" }));
  });

  test.each(["x-github-event", "x-github-delivery", "x-github-hook-id"])("a delivery without %s", (name) => {
    const sent = { headers: { ...headers, [name]: undefined }, body: Buffer.from("{}") };

    expect(() => gitHubHooks.read(sent)).toThrow(name);
  });

  test("an id that is no token", () => {
    expect(() => read("push", { repository }, { "x-github-delivery": "a b\n" })).toThrow("x-github-delivery");
  });
});

test("whatever a signed body holds, it is read or refused, never a bug", () => {
  assert(
    property(anything(), anything(), string(), (payload, pull, url) => {
      for (const [event, value] of [
        ["push", payload],
        ["pull_request", { repository, action: "closed", pull_request: pull }],
        ["ping", payload],
        ["ping", { repository: { clone_url: url } }],
      ] as const)
        try {
          read(event, JSON.stringify(value) ?? "");
        } catch (error) {
          expect(error).toBeInstanceOf(PermanentError);
        }
    }),
  );
});

describe("a signature", () => {
  const body = Buffer.from('{"zen":"Größe 🎉"}');
  const secrets = [new Secret("the new secret"), new Secret("the old secret")];
  const sign = (secret: string, bytes: Buffer = body) =>
    `sha256=${createHmac("sha256", secret).update(bytes).digest("hex")}`;
  const verify = (signature: string | undefined, bytes: Buffer = body) =>
    gitHubHooks.verify({ headers: { "x-hub-signature-256": signature }, body: bytes }, secrets);

  test("over the raw body by any of the secrets is right", async () => {
    expect(await verify(sign("the new secret"))).toBe(true);
    expect(await verify(sign("the old secret"))).toBe(true);
  });

  test("by another secret, over another body, or cut, is wrong", async () => {
    expect(await verify(sign("another secret"))).toBe(false);
    expect(await verify(sign("the new secret"), Buffer.from('{"zen": "Größe 🎉"}'))).toBe(false);
    expect(await verify(sign("the new secret").slice(0, -1))).toBe(false);
    expect(await verify(sign("the new secret"), Buffer.alloc(0))).toBe(false);
  });

  test("is always wrong where there is no secret", async () => {
    const sent = { headers: { "x-hub-signature-256": sign("") }, body };

    expect(await gitHubHooks.verify(sent, [])).toBe(false);
  });

  test.each([
    ["none", undefined],
    ["the old algorithm's", "sha1=0123456789012345678901234567890123456789"],
    ["a short one", "sha256=abc"],
    ["no hex", `sha256=${"z".repeat(64)}`],
  ])("that is %s is refused before the body is read", (_what, signature) => {
    expect(gitHubHooks.isSigned({ "x-hub-signature-256": signature })).toBe(false);
    expect(gitHubHooks.isSigned({ "x-hub-signature-256": sign("whatever") })).toBe(true);
  });
});
