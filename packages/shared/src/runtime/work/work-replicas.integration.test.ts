import { expect, test, vi } from "vitest";
import { change, changeQueue, reportOf } from "../../testing/change-queue.ts";
import { createGate } from "../../testing/gate.ts";
import { startBus } from "../../testing/start-bus.ts";
import { startWork } from "../../testing/start-work.ts";

test("a busy replica takes no more than it can run: the rest goes to an idle one at once", async () => {
  await using world = await startBus();
  const { bus } = world;
  const [busy, idle] = [new Set<string>(), new Set<string>()];
  const gate = createGate();
  const blocked = changeQueue(async (event, context) => {
    busy.add(event.route);
    await gate.pass(context.signal);
    return reportOf(event, context);
  });
  await using _busy = startWork(blocked, { bus, limits: { concurrency: 2 } });
  for (let route = 0; route < 50; route += 1) await bus.publish(change(`r-${route}`, 1));
  await vi.waitUntil(() => busy.size === 2);

  const quick = changeQueue((event, context) => {
    idle.add(event.route);
    return Promise.resolve(reportOf(event, context));
  });
  await using _idle = startWork(quick, { bus: await world.connect() });

  await vi.waitUntil(() => idle.size === 48, { timeout: 5000 });
  expect([...busy].filter((route) => idle.has(route))).toEqual([]);
});
