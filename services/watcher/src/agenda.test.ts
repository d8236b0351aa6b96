import { expect, onTestFinished, test } from "vitest";
import { createAgenda } from "./agenda.ts";

interface Item {
  readonly name: string;
  readonly look: () => Promise<number>;
}

const far = () => Date.now() + 3_600_000;

function start(atOnce = 2) {
  const failures: unknown[] = [];
  const released: string[] = [];
  const stop = new AbortController();
  const agenda = createAgenda<string, Item>({
    atOnce,
    longestSleepMs: 60_000,
    now: Date.now,
    look: (item) => item.look(),
    onFailure: (_item, error) => void failures.push(error),
    release: async ({ name }) => void released.push(name),
  });
  const running = agenda.run(stop.signal);
  onTestFinished(() => stop.abort());
  return { agenda, failures, released, running, stop };
}

/** An item whose looks are counted, each as long as the test wants. */
function held(name: string) {
  const begun: PromiseWithResolvers<void>[] = [];
  const waiting: ((nextMs: number) => void)[] = [];
  let looks = 0;
  const next = () => (begun[looks] ??= Promise.withResolvers<void>());
  return {
    name,
    looks: () => looks,
    /** Resolves when as many looks have begun. */
    async begins(count: number) {
      await (begun[count - 1] ??= Promise.withResolvers<void>()).promise;
    },
    end: (nextMs: number) => waiting.shift()?.(nextMs),
    look: () => {
      next().resolve();
      looks += 1;
      return new Promise<number>((resolve) => waiting.push(resolve));
    },
  };
}

test("an item is looked at when it is due, and again when it says", async () => {
  const { agenda } = start();
  const item = held("a");
  agenda.set("a", item, 0);

  await item.begins(1);
  item.end(Date.now() + 30);
  await item.begins(2);

  expect(item.looks()).toBe(2);
});

test("no more are looked at at once than allowed, and the others have their turn", async () => {
  const { agenda } = start(2);
  const items = ["a", "b", "c"].map(held);
  for (const item of items) agenda.set(item.name, item, 0);
  const [a, b, c] = items as [ReturnType<typeof held>, ReturnType<typeof held>, ReturnType<typeof held>];

  await Promise.all([a.begins(1), b.begins(1)]);
  expect(c.looks()).toBe(0);
  a.end(far());
  await c.begins(1);

  expect(items.map((item) => item.looks())).toEqual([1, 1, 1]);
});

test("whoever is woken is looked at at once, or once more where a look is under way", async () => {
  const { agenda } = start();
  const item = held("a");
  agenda.set("a", item, far());

  agenda.wake("a");
  await item.begins(1);
  agenda.wake("a");
  agenda.wake("a");
  item.end(far());
  await item.begins(2);
  item.end(far());

  expect(item.looks()).toBe(2);
});

test("an item that takes another's place waits for the look that is under way, then the other is released", async () => {
  const { agenda, released } = start();
  const [old, never, fresh] = [held("old"), held("never"), held("fresh")];
  agenda.set("a", old, 0);
  await old.begins(1);

  agenda.set("a", never, 0);
  agenda.set("a", fresh, 0);
  expect([released, fresh.looks()]).toEqual([["never"], 0]);
  old.end(far());
  await fresh.begins(1);

  expect(released).toEqual(["never", "old"]);
  expect(never.looks()).toBe(0);
});

test("an item that is taken away is released, after its look if one is under way", async () => {
  const { agenda, released } = start();
  const [idle, busy] = [held("idle"), held("busy")];
  agenda.set("idle", idle, far());
  agenda.set("busy", busy, 0);
  await busy.begins(1);

  agenda.delete("idle");
  agenda.delete("busy");
  agenda.delete("unknown");
  expect(released).toEqual(["idle"]);
  busy.end(0);
  await expect.poll(() => released).toEqual(["idle", "busy"]);

  expect([...agenda.dueTimes()]).toEqual([]);
  expect(busy.looks()).toBe(1);
});

test("a look that fails is told of and repeated, and its neighbours go on", async () => {
  const { agenda, failures } = start();
  const neighbour = held("b");
  agenda.set("a", { name: "a", look: () => Promise.reject(new Error("no")) }, 0);
  agenda.set("b", neighbour, 0);

  await expect.poll(() => failures.map(String)).toEqual(["Error: no"]);
  await neighbour.begins(1);

  const dueMs = agenda.dueTimes().get("a") ?? 0;
  expect(dueMs).toBeGreaterThan(Date.now());
  expect(dueMs).toBeLessThanOrEqual(Date.now() + 5000);
});

test("who is stopped does not wait long for a look that does not end, and releases all", async () => {
  const { agenda, released, running, stop } = start();
  const item = held("a");
  agenda.set("a", item, 0);
  agenda.set("b", held("b"), far());
  await item.begins(1);

  const stoppedAt = performance.now();
  stop.abort();
  await running;

  expect(performance.now() - stoppedAt).toBeLessThan(900);
  expect(released).toEqual(["a", "b"]);
});
