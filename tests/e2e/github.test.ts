import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startNatsServer } from "@lockstep/nats-server";
import { prPublished, RouteName, trigger } from "@lockstep/shared/contracts";
import { connectBus, createLog } from "@lockstep/shared/runtime";
import { triggerAndWait } from "./trigger-and-wait.ts";
import { findEvent, repository, route, startWorld } from "./world.ts";

const records = { "Aurora-8B": { name: "Aurora-8B", parameters: 8 } };
const chain = ["watcher", "comparator", "publisher"] as const;

test("the same configuration run from two hosts writes once (I3)", async () => {
  await using world = await startWorld({ records });
  world.start(...chain);
  const opened = await triggerAndWait(world);
  const { pushes, apiWrites } = world.forge.log.counts();

  await using elsewhere = await startNatsServer();
  const signal = new AbortController().signal;
  const log = createLog("test", { write: () => {} });
  await using bus = await connectBus({ nats: { servers: elsewhere.url }, source: "lockstep/test", log, signal });
  await bus.provision({ replicas: 1, ackWaitMs: 2000 });
  world.startAt(elsewhere.url, join(world.folder, "another-host"), chain);
  const again = await triggerAndWait({ bus, event: (matches, from = 1) => findEvent(bus, matches, from) });

  expect(again).toMatchObject({ number: opened.number, head: opened.head });
  expect(world.forge.log.counts()).toMatchObject({ pushes, apiWrites });
  expect(world.forge.pulls(repository)).toHaveLength(1);
});

test("a GitHub App signs in, and a token that ends in between is minted anew", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  const app = { id: 4711, publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(), installationId: 42 };
  await using world = await startWorld({
    records,
    // Shorter than what is kept in reserve: each use needs a new one.
    app: { ...app, tokenLifeMs: 60_000 },
    configure: (config) => ({
      ...config,
      github: {
        apiUrl: config.github.apiUrl,
        app: { id: app.id, installationId: app.installationId, privateKey: pem },
      },
    }),
  });
  const services = world.start(...chain);

  expect(await triggerAndWait(world)).toMatchObject({ action: "opened", number: 1 });
  await world.source.setRecord("text_generation", "Borealis-13B", { name: "Borealis-13B" });
  expect(await triggerAndWait(world)).toMatchObject({ action: "updated", number: 1 });

  const minted = Object.entries(world.forge.log.counts().byOperation).find(([name]) => name.includes("access-token"));
  expect(minted?.[1]).toBeGreaterThan(1);
  expect(services.log()).not.toContain("PRIVATE KEY");
});

test("a rate limit stops the writes of every replica until the time that was named", async () => {
  await using world = await startWorld({ records });
  world.forge.faults.add({
    method: "POST",
    path: "/api/v3/repos/*/pulls",
    effect: { kind: "secondary-limit", retryAfterSeconds: 4 },
  });
  world.start("watcher", "comparator");
  for (let replica = 0; replica < 3; replica += 1) world.start("publisher");
  const { seq } = await world.bus.publish(trigger.create({ route: RouteName.parse(route), requestId: "limited" }));

  const outcome = await world.event(({ subject }) => subject.startsWith("lockstep.pr-published."), seq);

  expect(prPublished.parse(outcome.subject, outcome.body)).toMatchObject({ action: "opened", number: 1 });
  const writes = world.forge.log.calls().filter((call) => call.kind === "api" && call.method !== "GET");
  const [limited, next] = writes;
  expect(limited).toMatchObject({ status: 403 });
  expect((next?.at ?? 0) - (limited?.at ?? 0)).toBeGreaterThanOrEqual(4000);
});

test("a merge that a webhook tells of is seen at once: reported, and the branch deleted", async () => {
  const secret = "a secret of both sides";
  await using world = await startWorld({
    records,
    configure: (config) => ({ ...config, webhooks: { secret, port: 0 } }),
  });
  const services = world.start(...chain);
  const opened = await triggerAndWait(world);
  const address = /"address":"(http[^"]+)","msg":"listening for webhooks"/.exec(services.log())?.[1];
  world.forge.addWebhook(repository, { url: `${address}/webhooks/github`, secret });

  await world.forge.merge(repository, 1);

  const merged = await world.event(
    ({ subject, body }) => subject.startsWith("lockstep.pr-published.") && body.includes('"merged"'),
  );
  expect(prPublished.parse(merged.subject, merged.body)).toMatchObject({ number: 1, branch: opened.branch });
  await expect.poll(() => [...world.forge.refs(repository).keys()]).not.toContain(`refs/heads/${opened.branch}`);
});
