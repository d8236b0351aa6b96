import { expect, onTestFinished, test } from "vitest";
import { startSource } from "@lockstep/sandbox";
import { causesOf, routesOf, untilChanges } from "./testing/routes-of.ts";
import { runWatcher } from "./testing/run-watcher.ts";
import { configOf, startWorld } from "./testing/world.ts";

async function startScene() {
  const [world, source] = await Promise.all([startWorld(), startSource({ catalogs: { text: { a: { v: 1 } } } })]);
  onTestFinished(async () => {
    await world[Symbol.asyncDispose]();
    await source.close();
  });
  const config = configOf(routesOf(source.url, { text: { triggers: "interval: 100ms" } }));
  const watcher = await runWatcher(world, { config });
  await expect.poll(() => source.requests.length).toBeGreaterThan(2);
  return { world, source, watcher };
}

test("NATS that dies in the middle of a poll and comes back loses no change and repeats none", async () => {
  const { world, source, watcher } = await startScene();
  source.faults.add({ path: "*/text", effect: { kind: "slow", ms: 300 } });
  await source.setRecord("text", "a", { v: 2 });
  await expect.poll(() => source.faults.list()[0]?.struck).toBe(1);
  await world.server.kill();
  await expect
    .poll(() => watcher.lines.some(({ msg }) => msg === "look failed, will be repeated"), { timeout: 15_000 })
    .toBe(true);
  await world.server.restart();

  await untilChanges(world, "text", 1);
  const polls = source.requests.length;
  await expect.poll(() => source.requests.length - polls, { timeout: 10_000 }).toBeGreaterThan(4);
  expect(await causesOf(world, "text")).toMatchObject([{ kind: "poll" }]);
  await world.publishByHand("lockstep.trigger.text", "");
  expect(await untilChanges(world, "text", 2)).toMatchObject([{ kind: "poll" }, { kind: "manual" }]);
});

test("it stops within a second while NATS is frozen", async () => {
  const { world, watcher } = await startScene();
  await world.freeze();
  onTestFinished(() => world.server.thaw());

  const stoppedAt = performance.now();
  await watcher.stop();

  expect(performance.now() - stoppedAt).toBeLessThan(1000);
});
