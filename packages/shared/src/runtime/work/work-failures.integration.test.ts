import { expect, test, vi } from "vitest";
import { change, changeQueue, reportOf } from "../../testing/change-queue.ts";
import { deadLettersOf } from "../../testing/dead-letters.ts";
import { failingQueue } from "../../testing/failing-queue.ts";
import { memoryLog } from "../../testing/memory-log.ts";
import { startBus } from "../../testing/start-bus.ts";
import { startWork } from "../../testing/start-work.ts";
import { untilDone } from "../../testing/until-done.ts";
import { BusError } from "../bus/bus-error.ts";
import { LaterError, TransientError } from "../errors.ts";

const soon = () => new TransientError("X_DOWN", "no answer", { retryAfterMs: 20 });

test.concurrent("a failure that may go away is tried again after the time it named, and counted", async () => {
  await using world = await startBus();
  const { bus } = world;
  const times: number[] = [];
  const { attempts, queue } = failingQueue([new TransientError("X_BUSY", "wait", { retryAfterMs: 300 }), soon()]);
  await using _replica = startWork(
    { ...queue, handle: (event, context) => (times.push(performance.now()), queue.handle(event, context)) },
    { bus },
  );

  const { seq } = await bus.publish(change("text", 1));
  await untilDone(bus, "text", seq);

  expect(attempts).toEqual(["1#1", "1#2", "1#3"]);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(290);
  expect(await bus.bucket("attempts").read("comparator.text")).toBeUndefined();
  expect(await deadLettersOf(bus)).toEqual([]);
});

test.concurrent("changes that keep coming do not make a failing key try more often (spec: bus, trap 16)", async () => {
  await using world = await startBus();
  const { bus } = world;
  const errors = Array.from({ length: 9 }, () => new TransientError("X_DOWN", "no", { retryAfterMs: 250 }));
  const { attempts, queue } = failingQueue(errors);
  await using _replica = startWork(queue, { bus, limits: { maxAttempts: 3 } });

  let ordinal = 0;
  await vi.waitUntil(
    async () => {
      ordinal += 1;
      await bus.publish(change("text", ordinal));
      return (await deadLettersOf(bus)).length === 1;
    },
    { timeout: 10_000, interval: 5 },
  );

  expect(ordinal).toBeGreaterThan(20);
  expect(attempts.slice(0, 3).map((attempt) => attempt.split("#")[1])).toEqual(["1", "2", "3"]);
  expect(attempts.length).toBeLessThan(6);
});

test.concurrent("what is only too early waits for its time and is not counted", async () => {
  await using world = await startBus();
  const { bus } = world;
  const begun = Date.now();
  const later = () => new LaterError("PAUSED", "the forge asked us to wait", { untilMs: begun + 500 });
  const { attempts, queue } = failingQueue([later(), later()]);
  await using _replica = startWork(queue, { bus, limits: { maxAttempts: 1 } });

  const { seq } = await bus.publish(change("text", 1));
  await untilDone(bus, "text", seq);

  expect(Date.now() - begun).toBeGreaterThanOrEqual(500);
  expect(attempts).toEqual(["1#1", "1#1", "1#1"]);
  expect(await deadLettersOf(bus)).toEqual([]);
});

test.concurrent("a newer change does not wait for one that is only too early", async () => {
  await using world = await startBus();
  const { bus } = world;
  const { attempts, queue } = failingQueue([new LaterError("PAUSED", "wait", { untilMs: Date.now() + 3_600_000 })]);
  await using _replica = startWork(queue, { bus });
  await bus.publish(change("text", 1));
  await vi.waitUntil(async () => (await bus.bucket("attempts").read("comparator.text")) !== undefined);

  const { seq } = await bus.publish(change("text", 2));
  await untilDone(bus, "text", seq);

  expect(attempts).toEqual(["1#1", "2#1"]);
});

test.concurrent("a failure of NATS is not the job's: it is never counted, whatever the limit (spec: bus, trap 15)", async () => {
  await using world = await startBus();
  const { bus } = world;
  const { attempts, queue } = failingQueue([
    new BusError("BUS_FAILED", "time-out"),
    new BusError("BUS_FAILED", "time-out"),
  ]);
  await using _replica = startWork(queue, { bus, limits: { maxAttempts: 1 } });

  const { seq } = await bus.publish(change("text", 1));
  await untilDone(bus, "text", seq);

  expect(attempts).toEqual(["1#1", "1#1", "1#1"]);
  expect(await deadLettersOf(bus)).toEqual([]);
});

test.concurrent("a run that takes too long has failed, and its signal says so", async () => {
  await using world = await startBus();
  const { bus } = world;
  const { log, lines } = memoryLog();
  let runs = 0;
  const queue = changeQueue(async (event, context) => {
    runs += 1;
    if (runs === 1) await vi.waitUntil(() => context.signal.aborted).then(() => context.signal.throwIfAborted());
    return reportOf(event, context);
  });
  await using _replica = startWork(queue, { bus, log, limits: { runLimitMs: 100 } });

  const { seq } = await bus.publish(change("text", 1));
  await untilDone(bus, "text", seq);

  expect(runs).toBe(2);
  expect(lines).toMatchObject([{ msg: "run failed, will be tried again", error: { code: "RUN_TIMEOUT" } }]);
});
