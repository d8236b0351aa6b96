import { createHmac } from "node:crypto";
import fastify from "fastify";
import { expect, test } from "vitest";
import { createScene, name, refusal } from "./testing/scene.ts";

interface Received {
  readonly event: unknown;
  readonly id: unknown;
  readonly signature: unknown;
  readonly body: string;
}

async function startReceiver() {
  const received: Received[] = [];
  const app = fastify({ forceCloseConnections: true });
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, text, done) => done(null, text));
  let status = 202;
  app.post("/", ({ headers, body }, reply) => {
    const signature = headers["x-hub-signature-256"];
    const id = headers["x-github-delivery"];
    received.push({ event: headers["x-github-event"], id, signature, body: String(body) });
    return reply.code(status).send();
  });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    url,
    received,
    answer: (next: number) => (status = next),
    [Symbol.asyncDispose]: () => app.close(),
  };
}

test("pushes and pull requests are delivered in order, signed", async () => {
  await using scene = await createScene();
  await using receiver = await startReceiver();
  const { forge, octokit, where } = scene;
  forge.addWebhook(name, { url: receiver.url, secret: "shh" });
  const before = forge.refs(name).get("refs/heads/main");

  await scene.openPull("sync");
  const head = await forge.commit(name, { branch: "sync", files: { b: "1" } });
  await octokit.pulls.update({ ...where, pull_number: 1, title: "New" });
  await forge.merge(name, 1);
  await forge.webhooks.settled();

  const events = receiver.received.map(({ event, body }) => {
    const { action, ref, number } = JSON.parse(body) as Record<string, unknown>;
    return [event, action ?? ref ?? null, number ?? null];
  });
  expect(events).toEqual([
    ["ping", null, null],
    ["push", "refs/heads/sync", null],
    ["pull_request", "opened", 1],
    ["push", "refs/heads/sync", null],
    ["pull_request", "synchronize", 1],
    ["pull_request", "edited", 1],
    ["pull_request", "closed", 1],
    ["push", "refs/heads/main", null],
  ]);
  const [, , , push, , , closed, merged] = receiver.received.map(({ body }) => JSON.parse(body) as object);
  expect(push).toMatchObject({ after: head, forced: false, commits: [{ id: head }], pusher: { name: "mona" } });
  expect(closed).toMatchObject({ pull_request: { merged: true, commits: 2, head: { sha: head } } });
  expect(merged).toMatchObject({ before, repository: { full_name: name } });
  for (const { body, signature } of receiver.received)
    expect(signature).toBe(`sha256=${createHmac("sha256", "shh").update(body).digest("hex")}`);
});

test("a delivery that failed is sent again under its own id, by method or by API", async () => {
  await using scene = await createScene();
  await using receiver = await startReceiver();
  const { forge, octokit, where } = scene;
  const config = { url: receiver.url, secret: "shh", content_type: "json" };
  const { data: hook } = await octokit.repos.createWebhook({ ...where, config, events: ["push"] });
  await forge.webhooks.settled();
  receiver.answer(503);
  await forge.commit(name, { files: { a: "1" } });
  await forge.webhooks.settled();

  const { data: deliveries } = await octokit.repos.listWebhookDeliveries({ ...where, hook_id: hook.id });
  const [failed] = deliveries;
  receiver.answer(202);
  await octokit.repos.redeliverWebhookDelivery({ ...where, hook_id: hook.id, delivery_id: failed?.id ?? 0 });
  const again = await forge.webhooks.redeliver(failed?.guid ?? "");

  expect(deliveries.map(({ event, status_code }) => [event, status_code])).toEqual([
    ["push", 503],
    ["ping", 202],
  ]);
  expect(again.status).toBe(202);
  expect(receiver.received.map(({ id }) => id).slice(1)).toEqual([failed?.guid, failed?.guid, failed?.guid]);
  const { data: hooks } = await octokit.repos.listWebhooks(where);
  expect(hooks).toMatchObject([{ id: hook.id, config: { secret: "********" }, events: ["push"] }]);
  expect(await refusal(scene.clientOf(undefined).repos.listWebhooks(where))).toMatchObject({ status: 401 });
});

test("a receiver that is gone is given up, and the next event is delivered", async () => {
  await using scene = await createScene();
  const { forge } = scene;
  forge.addWebhook(name, { url: "http://127.0.0.1:9/" });
  await forge.commit(name, { files: { a: "1" } });

  await forge.webhooks.settled();

  expect(forge.webhooks.deliveries().map(({ event, status }) => [event, status])).toEqual([
    ["ping", undefined],
    ["push", undefined],
  ]);
});
