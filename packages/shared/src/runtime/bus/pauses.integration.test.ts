import { expect, test, vi } from "vitest";
import { startBus } from "../../testing/start-bus.ts";

const inMs = (ms: number) => Date.now() + ms;

test.concurrent("a pause is everybody's, and ends by itself", async () => {
  await using world = await startBus();
  const other = await world.connect();
  expect(await other.pauses.until("forge.abc")).toBeUndefined();

  const untilMs = inMs(1200);
  await world.bus.pauses.pause("forge.abc", untilMs);

  expect(await other.pauses.until("forge.abc")).toBe(untilMs);
  expect(await other.pauses.until("forge.other")).toBeUndefined();
  await vi.waitUntil(async () => (await other.pauses.until("forge.abc")) === undefined, { timeout: 5000 });
  expect(Date.now()).toBeGreaterThanOrEqual(untilMs);
  await vi.waitUntil(async () => (await world.bus.bucket("pauses").keys(">")).length === 0, { timeout: 5000 });
});

test.concurrent("a longer pause replaces a shorter one, never the other way round", async () => {
  await using world = await startBus();
  const { pauses } = world.bus;
  const [short, long] = [inMs(60_000), inMs(120_000)];

  await pauses.pause("forge", short);
  await pauses.pause("forge", long);
  await pauses.pause("forge", short);

  expect(await pauses.until("forge")).toBe(long);
});

test.concurrent("of many pauses at once the longest stays", async () => {
  await using world = await startBus();
  const [one, two] = await Promise.all([world.connect(), world.connect()]);
  const ends = Array.from({ length: 12 }, (_, index) => inMs(60_000 + index * 1000));

  await Promise.all(ends.map((end, index) => (index % 2 === 0 ? one : two).pauses.pause("forge", end)));

  expect(await world.bus.pauses.until("forge")).toBe(ends.at(-1));
});

test.concurrent("a pause that is over already is none", async () => {
  await using world = await startBus();

  await world.bus.pauses.pause("forge", inMs(-1000));

  expect(await world.bus.pauses.until("forge")).toBeUndefined();
});
