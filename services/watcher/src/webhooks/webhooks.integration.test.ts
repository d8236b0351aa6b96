import { afterAll, beforeAll, expect, test } from "vitest";
import { addressOf, deliver, hookConfig, hookSecret, pushTo, sha, startHookScene } from "../testing/hook-scene.ts";
import { runWatcher } from "../testing/run-watcher.ts";
import { configOf, startWorld, type World } from "../testing/world.ts";
import { targetCursor } from "../target-cursor.ts";

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

test("a ping is answered with 200, and nothing is published", async () => {
  const route = uniqueName();
  const scene = await startHookScene(world, hookConfig({ [route]: target() }));
  const ping = await scene.deliver({ event: "ping", payload: { zen: "Keep it logically awesome." } });

  expect(ping.status).toBe(200);
  expect((await scene.deliver({ event: "ping", payload: { zen: "" }, secret: "another" })).status).toBe(401);
  expect(await changesOf(route)).toEqual([]);
});

test("a push to the base is 202 with the event's id, which the stream has by then (I5)", async () => {
  const route = uniqueName();
  const scene = await startHookScene(world, hookConfig({ [route]: target() }));
  const answer = await scene.deliver({ id: "72d3162e" });
  const [event] = answer.body.events ?? [];

  expect(answer).toEqual({
    status: 202,
    retryAfter: null,
    body: {
      events: [{ route, id: `change:${route}:webhook:github:17:72d3162e`, seq: expect.any(Number) }],
      ignored: [],
    },
  });
  expect(await world.bus.at("EVENTS", event?.seq ?? 0)).toMatchObject({ id: event?.id });
  expect(await changesOf(route)).toMatchObject([{ trigger: { kind: "webhook", id: "github:17:72d3162e" } }]);
});

test("a redelivery is one event, the same delivery through two hooks is two (I3)", async () => {
  const route = uniqueName();
  const scene = await startHookScene(world, hookConfig({ [route]: target() }));
  const first = await scene.deliver({ id: "d1" });
  const again = await scene.deliver({ id: "d1" });
  const other = await scene.deliver({ id: "d1", hook: "18" });
  const late = await scene.deliver({ id: "d1" });

  expect(again).toEqual(first);
  expect(late).toEqual(first);
  expect(other.body.events?.[0]?.seq).toBeGreaterThan(first.body.events?.[0]?.seq ?? 0);
  expect((await changesOf(route)).map(({ ordinal }) => ordinal)).toEqual([1, 2]);
});

test("every route of the repository is told, and a route with two targets there once", async () => {
  const [one, two, other] = [uniqueName(), uniqueName(), uniqueName()];
  const both = `targets: { a: { repository: acme/models, files: { ${two}: a.json } }, b: { repository: Acme/Models, files: { ${two}: b.json } } }`;
  const scene = await startHookScene(
    world,
    hookConfig({ [one]: target(), [two]: both, [other]: target("acme/other") }),
  );
  const { body } = await scene.deliver();

  expect(body.events?.map(({ route }) => route)).toEqual([one, two]);
  expect([await changesOf(one), await changesOf(two), await changesOf(other)].map(({ length }) => length)).toEqual([
    1, 1, 0,
  ]);
});

test("what matters to nobody is 202 and ignored, with the reason", async () => {
  const route = uniqueName();
  const scene = await startHookScene(world, hookConfig({ [route]: target() }));
  const repository = { clone_url: "http://127.0.0.1:9/acme/models.git" };
  const branch = await scene.deliver({ payload: pushTo("acme/models", "refs/heads/feature") });
  const issue = await scene.deliver({ event: "issues", payload: { action: "opened", repository } });
  const organisation = await scene.deliver({ event: "organization", payload: { action: "member_added" } });

  expect(branch).toMatchObject({
    status: 202,
    body: { events: [], ignored: [{ route, reason: "refs/heads/feature is neither the base nor a branch of ours" }] },
  });
  expect(issue).toMatchObject({ status: 202, body: { ignored: [{ reason: expect.stringContaining("issues") }] } });
  expect(organisation).toMatchObject({ status: 202, body: { events: [], ignored: [] } });
  expect(await changesOf(route)).toEqual([]);
});

test("a pull request of ours that is closed is told at once", async () => {
  const route = uniqueName();
  const scene = await startHookScene(world, hookConfig({ [route]: target() }));
  const repo = { clone_url: "http://127.0.0.1:9/acme/models.git" };
  const payload = { action: "closed", repository: repo, pull_request: { head: { ref: `sync/${route}`, sha, repo } } };

  expect((await scene.deliver({ event: "pull_request", payload })).body.events).toMatchObject([{ route }]);
});

test("with poll-only a webhook is excluded: counted, and no error", async () => {
  const route = uniqueName();
  const more = `${target()}\n    triggers: { policy: poll-only, interval: 1h, targetInterval: 1h }`;
  const config = configOf(hookConfig({ [route]: more }));
  const watcher = await runWatcher(world, { config, statusLineMs: 30 });
  const answer = await deliver(`${await addressOf(watcher)}/webhooks/github`, {});

  expect(answer).toMatchObject({
    status: 202,
    body: { ignored: [{ route, reason: "the route's policy is poll-only" }] },
  });
  await expect.poll(() => watcher.lines.findLast(({ msg }) => msg === "watching")?.["counts"]).toEqual({ excluded: 1 });
  expect(await changesOf(route)).toEqual([]);
});

test("what a webhook told of is not told of again by the next poll of the target (I6)", async () => {
  const route = uniqueName();
  const store = targetCursor(world.bus.bucket("state"), route, "t");
  const refs = { "refs/heads/main": "0".repeat(40), [`refs/heads/sync/${route}`]: sha };
  await store.write({ refs, generation: 3, nextLookAtMs: 0 }, 0);
  const scene = await startHookScene(world, hookConfig({ [route]: target() }));
  await scene.deliver();
  await scene.deliver({ payload: pushTo("acme/models", `refs/heads/sync/${route}`, "0".repeat(40)) });

  expect((await store.read()).value).toEqual({ refs: { "refs/heads/main": sha }, generation: 5, nextLookAtMs: 0 });
});

test("secrets may change while it runs, one after the other, and so may the port", async () => {
  const route = uniqueName();
  const routes = { [route]: target() };
  const scene = await startHookScene(world, hookConfig(routes));
  scene.config.change(hookConfig(routes, `{ secret: ["a new secret", "${hookSecret}"], port: 0 }`));
  expect((await scene.deliver()).status).toBe(202);
  expect((await scene.deliver({ secret: "a new secret" })).status).toBe(202);
  scene.config.change(hookConfig(routes, `{ secret: a new secret, port: 0 }`));
  expect((await scene.deliver()).status).toBe(401);

  const before = scene.lines.length;
  scene.config.change(hookConfig(routes, `{ secret: a new secret, port: 0, host: localhost }`));
  await expect.poll(() => scene.lines.slice(before).some(({ msg }) => msg === "listening for webhooks")).toBe(true);
  const url = `${await addressOf(scene)}/webhooks/github`;
  expect((await deliver(url, { secret: "a new secret" })).status).toBe(202);

  scene.config.change(hookConfig(routes, `{ port: 0 }`));
  await expect.poll(() => deliver(url, {}).catch(() => "nobody listens")).toBe("nobody listens");
});

test("a port that is another's ends the watcher with a word of what to do", async () => {
  const scene = await startHookScene(world, hookConfig({ [uniqueName()]: target() }));
  const port = new URL(scene.url).port;
  const config = configOf(hookConfig({}, `{ secret: "${hookSecret}", port: ${port} }`));
  const watcher = await runWatcher(world, { config });

  await expect(watcher.ended).rejects.toMatchObject({ code: "WEBHOOKS_NOT_LISTENING" });
});

test("without a secret nothing listens", async () => {
  const config = configOf(hookConfig({}, "{ port: 0 }"));
  const { lines } = await runWatcher(world, { config, statusLineMs: 20 });

  await expect.poll(() => lines.find(({ msg }) => msg === "watching")).toMatchObject({ webhooks: "not configured" });
});

test("a secret is in no log line, whatever was delivered (I9)", async () => {
  const scene = await startHookScene(world, hookConfig({ [uniqueName()]: target() }));
  await scene.deliver();
  await scene.deliver({ secret: "another secret" });
  await scene.deliver({ payload: `{"${hookSecret}":` });
  const lines = JSON.stringify(scene.lines);

  expect(lines).toContain("webhook taken");
  expect(lines).toContain("webhook refused: wrong signature");
  expect(lines).not.toContain(hookSecret);
});

test("while NATS does not answer it is 503 within 5 s, with a time to come again, and then one event", async () => {
  await using own = await startWorld();
  const route = uniqueName();
  const scene = await startHookScene(own, hookConfig({ [route]: target() }));
  expect((await scene.deliver({ id: "d0" })).status).toBe(202);
  await own.freeze();
  const sentAt = performance.now();
  const answer = await scene.deliver({ id: "d1" });
  const took = performance.now() - sentAt;
  own.server.thaw();

  expect(answer).toMatchObject({ status: 503, retryAfter: "30" });
  expect(took).toBeLessThan(6000);
  expect((await scene.deliver({ id: "d1" })).status).toBe(202);
  await own.settle();
  expect(own.changes(route).map(({ trigger }) => trigger.id)).toEqual(["github:17:d0", "github:17:d1"]);
});
