import { expect, onTestFinished, test } from "vitest";
import { startForge, startSource, type Forge } from "@lockstep/sandbox";
import { addressOf, hookSecret } from "./testing/hook-scene.ts";
import { causesOf, untilChanges } from "./testing/routes-of.ts";
import { runWatcher } from "./testing/run-watcher.ts";
import { configOf, startWorld, type World } from "./testing/world.ts";

const repository = "acme/models";
const ours = "refs/heads/sync/text";

interface SceneOptions {
  /** Which webhooks the forge sends; none: everything is seen by polling. */
  readonly hooks: readonly string[];
  readonly targetInterval: string;
  readonly policy?: "both" | "webhook-only";
}

/** A source, a forge that sends webhooks, a watcher, and whoever publishes what the source has. */
async function startScene({ hooks, targetInterval, policy = "both" }: SceneOptions) {
  const [world, forge, source] = await Promise.all([
    startWorld(),
    startForge(),
    startSource({ catalogs: { text: { a: { v: 1 } } } }),
  ]);
  onTestFinished(async () => {
    await world[Symbol.asyncDispose]();
    await Promise.all([forge.close(), source.close()]);
  });
  await forge.createRepository({ owner: "acme", name: "models", files: { "text.json": "{}\n" } });
  const config = configOf(`
github: { apiUrl: "${forge.apiUrl}", token: "${forge.token}" }
webhooks: { secret: "${hookSecret}", port: 0 }
routes:
  text:
    kind: catalog
    source: { url: "${source.url}", categories: [text] }
    targets: { t: { repository: ${repository} } }
    triggers: { interval: 50ms, targetInterval: ${targetInterval}, reconcile: 24h, policy: ${policy} }
`);
  const watcher = await runWatcher(world, { config });
  const url = `${await addressOf(watcher)}/webhooks/github`;
  if (hooks.length > 0) forge.addWebhook(repository, { url, secret: hookSecret, events: hooks });
  const looksAtTarget = () =>
    forge.log.calls(0).filter((call) => call.kind === "git" && call.command === "ls-refs").length;
  if (policy === "both") {
    await expect.poll(() => source.requests.length).toBeGreaterThan(3);
    await expect.poll(looksAtTarget).toBeGreaterThan(0);
  }
  return { world, forge, source, looksAtTarget };
}

/** Looks at what the source has, decides, pushes and opens a pull request if need be: as the publisher, but small. */
function startPublisher(world: World, forge: Forge, read: () => Promise<string>) {
  let [heard, pushes] = [0, 0];
  const stop = new AbortController();
  const look = async () => {
    const wanted = await read();
    const { refs } = { refs: forge.refs(repository) };
    const has = (ref: string) => forge.readFile(repository, ref, "text.json").then(String);
    if ((await has("refs/heads/main")) === wanted) return;
    if (refs.has(ours) && (await has(ours)) === wanted) return;
    pushes += 1;
    await forge.commit(repository, { branch: "sync/text", files: { "text.json": wanted } });
    if (forge.pulls(repository).some(({ state }) => state === "open")) return;
    const response = await fetch(`${forge.apiUrl}/repos/${repository}/pulls`, {
      method: "POST",
      headers: { authorization: `Bearer ${forge.token}` },
      body: JSON.stringify({ title: "Sync", head: "sync/text", base: "main" }),
    });
    expect(response.status).toBe(201);
  };
  const run = async () => {
    for await (const _ of world.bus.tail("EVENTS", {
      subjects: ["lockstep.change-detected.>"],
      from: 1,
      signal: stop.signal,
    })) {
      await look();
      heard += 1;
    }
  };
  const running = run();
  onTestFinished(async () => {
    stop.abort();
    await running;
  });
  return { heard: () => heard, pushes: () => pushes };
}

/** Waits until all that happened was looked at several times over, then gives what the watcher said. */
async function settled(
  { world, source, looksAtTarget }: Awaited<ReturnType<typeof startScene>>,
  waitsForTarget: boolean,
) {
  const [requests, looks] = [source.requests.length, looksAtTarget()];
  await expect.poll(() => source.requests.length - requests, { timeout: 10_000 }).toBeGreaterThan(6);
  if (waitsForTarget) await expect.poll(() => looksAtTarget() - looks, { timeout: 10_000 }).toBeGreaterThan(3);
  return await causesOf(world, "text");
}

test.each([
  ["webhooks alone", ["push", "pull_request"], "1h", "webhook"],
  ["polls alone", [], "100ms", "poll"],
])(
  "our own push is looked at once more by %s, and that is the end of it",
  async (...[, hooks, targetInterval, kind]) => {
    const scene = await startScene({ hooks, targetInterval });
    const { world, forge, source } = scene;
    const publisher = startPublisher(world, forge, async () => `${JSON.stringify(await source.records("text"))}\n`);

    await source.setRecord("text", "a", { v: 2 });
    await untilChanges(world, "text", 2);
    await forge.webhooks.settled();

    expect((await settled(scene, kind === "poll")).map((cause) => cause.kind)).toEqual(["poll", kind]);
    await expect.poll(publisher.heard).toBe(2);
    expect(publisher.pushes()).toBe(1);
  },
);

test("with webhooks and polls together every own push is looked at at most once more, and all comes to rest", async () => {
  const scene = await startScene({ hooks: ["push", "pull_request"], targetInterval: "100ms" });
  const { world, forge, source } = scene;
  const publisher = startPublisher(world, forge, async () => `${JSON.stringify(await source.records("text"))}\n`);

  for (let count = 1; count <= 3; count += 1) {
    await source.setRecord("text", "a", { v: count + 1 });
    await expect.poll(publisher.pushes, { timeout: 10_000 }).toBe(count);
    await forge.webhooks.settled();
    await settled(scene, true);
  }
  const causes = await settled(scene, true);
  const news = causes.filter(({ kind, id }) => kind === "poll" && !id.startsWith("t:"));

  expect(news).toHaveLength(3);
  expect(causes.length - news.length).toBe(publisher.pushes());
  expect(publisher.pushes()).toBe(3);
});

test("a merge is seen at once, and its looks come to rest as well", async () => {
  const scene = await startScene({ hooks: ["push", "pull_request"], targetInterval: "1h" });
  const { world, forge, source } = scene;
  const publisher = startPublisher(world, forge, async () => `${JSON.stringify(await source.records("text"))}\n`);
  await source.setRecord("text", "a", { v: 2 });
  await untilChanges(world, "text", 2);
  await forge.webhooks.settled();

  await forge.merge(repository, 1);
  await forge.webhooks.settled();
  const causes = await settled(scene, false);

  // The base moved, and the pull request was closed: two facts, neither of which says the other.
  expect(causes.slice(2).map(({ kind }) => kind)).toEqual(["webhook", "webhook"]);
  const answers = forge.webhooks.deliveries().filter(({ event }) => event !== "ping");
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(publisher.pushes()).toBe(1);
});

test("a delivery that the forge sends again is one look", async () => {
  const { world, forge } = await startScene({ hooks: ["push"], targetInterval: "1h" });
  await forge.commit(repository, { files: { "a.txt": "a" } });
  await untilChanges(world, "text", 1);
  await forge.webhooks.settled();
  const delivery = forge.webhooks.deliveries().find(({ event }) => event === "push");

  expect((await forge.webhooks.redeliver(delivery?.id ?? "")).status).toBe(202);
  expect(await causesOf(world, "text")).toHaveLength(1);
});

test("where nothing is polled our own push is looked at once more as well", async () => {
  const scene = await startScene({ hooks: ["push", "pull_request"], targetInterval: "1h", policy: "webhook-only" });
  const { world, forge, source } = scene;
  const publisher = startPublisher(world, forge, async () => `${JSON.stringify(await source.records("text"))}\n`);
  for (let count = 1; count <= 3; count += 1) {
    await source.setRecord("text", "a", { v: count });
    await world.publishByHand("lockstep.trigger.text", "");
    await expect.poll(publisher.pushes, { timeout: 10_000 }).toBe(count);
    await untilChanges(world, "text", 2 * count);
    await forge.webhooks.settled();
  }

  expect((await causesOf(world, "text")).map(({ kind }) => kind)).toEqual(
    [1, 2, 3].flatMap(() => ["manual", "webhook"]),
  );
  // Three pushes of two deliveries each, and the second of each found that the first had been heard.
  expect(forge.webhooks.deliveries().filter(({ event }) => event !== "ping").length).toBeGreaterThan(5);
});
