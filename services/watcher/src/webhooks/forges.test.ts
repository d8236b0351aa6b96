import { createHmac } from "node:crypto";
import { repositoryIdentity } from "@lockstep/shared/contracts";
import { Secret } from "@lockstep/shared/runtime";
import { expect, test } from "vitest";
import { genericHooks } from "./generic.ts";
import { giteaHooks } from "./gitea.ts";
import { gitLabHooks } from "./gitlab.ts";

const after = "a".repeat(40);
const zeros = "0".repeat(40);
const secrets = [new Secret("new-secret-123456"), new Secret("old-secret-123456")];
const web = repositoryIdentity("https://git.example/acme/web.git");

function hmac(body: Buffer, secret: string): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

function request(payload: unknown, headers: Record<string, string>, rest?: string) {
  return { body: Buffer.from(JSON.stringify(payload)), headers, ...(rest === undefined ? {} : { rest }) };
}

const gitLabHeaders = {
  "x-gitlab-event": "Push Hook",
  "x-gitlab-webhook-uuid": "hook-1",
  "x-gitlab-event-uuid": "event-1",
  "idempotency-key": "key-1",
};
const gitLabPush = { ref: "refs/heads/main", after, project: { git_http_url: "https://git.example/acme/web.git" } };

test("GitLab: any of the tokens is taken, and nothing else", async () => {
  const taken = (token: string) =>
    gitLabHooks.verify(request(gitLabPush, { ...gitLabHeaders, "x-gitlab-token": token }), secrets);

  expect(await Promise.all(["new-secret-123456", "old-secret-123456"].map(taken))).toEqual([true, true]);
  expect(await Promise.all(["", "new-secret-12345", "new-secret-1234567"].map(taken))).toEqual([false, false, false]);
  expect(gitLabHooks.isSigned({})).toBe(false);
});

test("GitLab: a push and its retry are one delivery, by the key that retries keep", () => {
  const first = gitLabHooks.read(request(gitLabPush, gitLabHeaders));
  const retry = gitLabHooks.read(request(gitLabPush, { ...gitLabHeaders, "x-gitlab-event-uuid": "event-2" }));

  expect(first).toEqual({
    id: "gitlab:hook-1:key-1",
    repository: web,
    news: { kind: "push", ref: "refs/heads/main", head: after },
  });
  expect(retry.id).toBe(first.id);
});

test("GitLab: a deleted tag is a push to nothing, and an issue is no news", () => {
  const tag = { ...gitLabPush, ref: "refs/tags/v1", after: zeros };
  const deleted = gitLabHooks.read(request(tag, { ...gitLabHeaders, "x-gitlab-event": "Tag Push Hook" }));
  const issue = gitLabHooks.read(request(gitLabPush, { ...gitLabHeaders, "x-gitlab-event": "Issue Hook" }));

  expect(deleted.news).toEqual({ kind: "push", ref: "refs/tags/v1", head: undefined });
  expect(issue.news).toMatchObject({ kind: "nothing" });
});

const giteaPush = { ref: "refs/heads/main", after, repository: { clone_url: "https://git.example/acme/web.git" } };
const giteaHeaders = { "x-gitea-event": "push", "x-gitea-delivery": "f6266f16-1bf3-46a5-9ea4-602e06ead473" };

test("Gitea: the signature is over the bytes, with any of the secrets", async () => {
  const sent = request(giteaPush, giteaHeaders);
  const signed = (hex: string) =>
    giteaHooks.verify({ ...sent, headers: { ...sent.headers, "x-gitea-signature": hex } }, secrets);

  expect(await signed(hmac(sent.body, "old-secret-123456"))).toBe(true);
  expect(await signed(hmac(Buffer.from("{}"), "old-secret-123456"))).toBe(false);
  expect(await signed(hmac(sent.body, "wrong"))).toBe(false);
  expect(await signed("zz")).toBe(false);
});

test("Gitea: a deleted branch comes as an event of its own", () => {
  const gone = { ref: "old", ref_type: "branch", repository: giteaPush.repository };
  const delivery = giteaHooks.read(request(gone, { ...giteaHeaders, "x-gitea-event": "delete" }));

  expect(delivery.repository).toBe(web);
  expect(delivery.news).toEqual({ kind: "push", ref: "refs/heads/old", head: undefined });
});

test("the generic hook names its route, and may say which ref moved", async () => {
  const push = request({ ref: "refs/heads/main", after }, { "x-lockstep-delivery": "build-17" }, "website");
  const bare = request({}, {}, "website");
  const signature = { "x-hub-signature-256": `sha256=${hmac(bare.body, "new-secret-123456")}` };

  expect(genericHooks.read(push)).toMatchObject({
    id: "generic:website:build-17",
    news: { kind: "push", head: after },
  });
  expect(genericHooks.read(bare)).toMatchObject({ route: "website", news: { kind: "change" } });
  expect(await genericHooks.verify({ ...bare, headers: signature }, secrets)).toBe(true);
  expect(genericHooks.isSigned({})).toBe(false);
});

test.each([
  ["GitLab", () => gitLabHooks.read({ body: Buffer.from("{"), headers: gitLabHeaders })],
  ["GitLab without a delivery", () => gitLabHooks.read(request(gitLabPush, { "x-gitlab-event": "Push Hook" }))],
  ["Gitea without headers", () => giteaHooks.read(request(giteaPush, {}))],
  [
    "Gitea with a repository that is none",
    () => giteaHooks.read(request({ repository: { clone_url: "x" } }, giteaHeaders)),
  ],
  ["a generic hook with an object that is none", () => genericHooks.read(request({ after: "main" }, {}))],
])("what cannot be read is refused: %s", (_, read) => {
  expect(read).toThrow(expect.objectContaining({ code: "WEBHOOK_UNREADABLE" }));
});
