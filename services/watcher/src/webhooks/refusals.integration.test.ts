import { once } from "node:events";
import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hookConfig, pushTo, startHookScene } from "../testing/hook-scene.ts";
import { startWorld, type World } from "../testing/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

let names = 0;
const uniqueName = () => `hook-${(names += 1)}`;
const target = (repository = "acme/models") => `targets: { t: { repository: ${repository} } }`;

async function changesOf(route: string) {
  await world.settle();
  return world.changes(route);
}

test.each([
  ["without a signature", 401, "WEBHOOK_UNSIGNED", { headers: { "x-hub-signature-256": "" } }],
  [
    "with the old kind of signature alone",
    401,
    "WEBHOOK_UNSIGNED",
    { headers: { "x-hub-signature-256": "", "x-hub-signature": "sha1=1" } },
  ],
  ["with another's signature", 401, "WEBHOOK_UNSIGNED", { secret: "another secret" }],
  ["as a form", 415, "WEBHOOK_CONTENT_TYPE", { headers: { "content-type": "application/x-www-form-urlencoded" } }],
  ["as half a JSON", 400, "WEBHOOK_UNREADABLE", { payload: '{"ref":' }],
  ["as another JSON", 400, "WEBHOOK_UNREADABLE", { payload: { ref: 1, repository: { clone_url: "x" } } }],
  ["without an id", 400, "WEBHOOK_UNREADABLE", { headers: { "x-github-delivery": "" } }],
  ["without an event", 400, "WEBHOOK_UNREADABLE", { headers: { "x-github-event": "" } }],
  [
    "of a repository that nobody knows",
    404,
    "WEBHOOK_REPOSITORY_UNKNOWN",
    { payload: pushTo("acme/other", "refs/heads/main") },
  ],
] as const)("a delivery %s is %i, %s", async (...[, status, code, delivery]) => {
  const route = uniqueName();
  const scene = await startHookScene(world, hookConfig({ [route]: target() }));

  expect(await scene.deliver(delivery)).toMatchObject({ status, body: { code } });
  expect(await changesOf(route)).toEqual([]);
});

test("a delivery above 25 MB is 413, and at 25 MB it is taken", async () => {
  const route = uniqueName();
  const scene = await startHookScene(world, hookConfig({ [route]: target() }));
  const payload = { ...pushTo("acme/models", "refs/heads/main"), filler: "" };
  const filler = "x".repeat(25 * 1024 ** 2 - JSON.stringify(payload).length);

  expect((await scene.deliver({ payload: { ...payload, filler } })).status).toBe(202);
  expect(await scene.deliver({ payload: { ...payload, filler: `${filler}x` } })).toMatchObject({
    status: 413,
    body: { code: "WEBHOOK_TOO_LARGE" },
  });
});

test("a delivery without a signature is refused before its body was read", async () => {
  const scene = await startHookScene(world, hookConfig({ [uniqueName()]: target() }));
  const sending = request(scene.url, {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": 25_000_000 },
  });
  sending.on("error", () => undefined);
  const status = new Promise((resolve) => sending.once("response", (response) => resolve(response.statusCode)));
  sending.write("{");

  expect(await status).toBe(401);
  sending.destroy();
});

test("a delivery that never ends does not keep the watcher from stopping within a second", async () => {
  const scene = await startHookScene(world, hookConfig({ [uniqueName()]: target() }));
  const sending = request(scene.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "content-length": 1000,
      expect: "100-continue",
      "x-hub-signature-256": `sha256=${"0".repeat(64)}`,
    },
  });
  sending.on("error", () => undefined);
  sending.flushHeaders();
  // It waits for the body from here on.
  await once(sending, "continue");

  const stoppedAt = performance.now();
  await scene.stop();

  expect(performance.now() - stoppedAt).toBeLessThan(1000);
  sending.destroy();
});
