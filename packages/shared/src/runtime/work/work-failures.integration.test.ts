import { expect, test, vi } from "vitest";
import { change, changeQueue, outcomeSubject, reportOf } from "../../testing/change-queue.ts";
import { deadLettersOf } from "../../testing/dead-letters.ts";
import { memoryLog } from "../../testing/memory-log.ts";
import { startBus } from "../../testing/start-bus.ts";
import { startWork } from "../../testing/start-work.ts";
import { untilDone } from "../../testing/until-done.ts";
import { BusError } from "../bus/bus-error.ts";
import { LaterError, PermanentError, TransientError } from "../errors.ts";
import type { WorkHandler } from "./handler.ts";
import type { ChangeDetected } from "../../contracts/change-detected.ts";

const soon = () => new TransientError("X_DOWN", "no answer", { retryAfterMs: 20 });

/** A handler that fails as often as errors are given, and reports after that. Notes the attempts. */
function failing(errors: readonly unknown[]) {
  const attempts: string[] = [];
  const left = [...errors];
  const handle: WorkHandler<ChangeDetected> = (event, context) => {
    attempts.push(`${event.revision}#${context.attempt}`);
    const error = left.shift();
    return error === undefined ? Promise.resolve(reportOf(event, context)) : Promise.reject(error);
  };
  return { attempts, queue: changeQueue(handle) };
}

test("a failure that may go away is tried again after the time it named, and counted", async () => {
  await using world = await startBus();
  const { bus } = world;
  const times: number[] = [];
  const { attempts, queue } = failing([new TransientError("X_BUSY", "wait", { retryAfterMs: 300 }), soon()]);
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

test("a failure that stays is one dead letter at once, with the event, and its neighbours go on (I10)", async () => {
  await using world = await startBus();
  const { bus } = world;
  const queue = changeQueue((event, context) =>
    event.route === "broken"
      ? Promise.reject(new PermanentError("X_GONE", "the repository is archived"))
      : Promise.resolve(reportOf(event, context)),
  );
  await using _replica = startWork(queue, { bus });

  const broken = await bus.publish(change("broken", 1));
  const whole = await bus.publish(change("whole", 1));
  await untilDone(bus, "broken", broken.seq);
  await untilDone(bus, "whole", whole.seq);

  expect(await deadLettersOf(bus)).toMatchObject([
    {
      service: "comparator",
      route: "broken",
      code: "X_GONE",
      message: "the repository is archived",
      attempts: 1,
      seq: broken.seq,
      event: { subject: "work.comparator.catalog.broken", data: { route: "broken", revision: "1" } },
    },
  ]);
  expect(await bus.last("EVENTS", outcomeSubject("broken"))).toBeUndefined();
});

test("five failures are one dead letter, and a newer change starts afresh", async () => {
  await using world = await startBus();
  const { bus } = world;
  const { attempts, queue } = failing([soon(), soon(), soon(), soon(), soon(), soon()]);
  await using _replica = startWork(queue, { bus });

  const first = await bus.publish(change("text", 1));
  await untilDone(bus, "text", first.seq);
  expect(await deadLettersOf(bus)).toMatchObject([{ code: "X_DOWN", attempts: 5, seq: first.seq }]);

  const second = await bus.publish(change("text", 2));
  await untilDone(bus, "text", second.seq);
  expect(attempts).toEqual(["1#1", "1#2", "1#3", "1#4", "1#5", "2#1", "2#2"]);
  expect(await deadLettersOf(bus)).toHaveLength(1);
});

test("changes that keep coming do not make a failing key try more often (spec: bus, trap 16)", async () => {
  await using world = await startBus();
  const { bus } = world;
  const errors = Array.from({ length: 9 }, () => new TransientError("X_DOWN", "no", { retryAfterMs: 250 }));
  const { attempts, queue } = failing(errors);
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

test("the same failure about the same content is one dead letter, until a person asks again", async () => {
  await using world = await startBus();
  const { bus } = world;
  const queue = changeQueue(() => Promise.reject(new PermanentError("X_GONE", "archived")), {
    contentOf: ({ ordinal }) => (ordinal < 4 ? "same" : "other"),
  });
  await using _replica = startWork(queue, { bus });
  const letters: number[] = [];

  for (const [ordinal, kind] of [
    [1, "poll"],
    [2, "reconcile"],
    [3, "manual"],
    [4, "reconcile"],
  ] as const) {
    const { seq } = await bus.publish(change("text", ordinal, { kind }));
    await untilDone(bus, "text", seq);
    letters.push((await deadLettersOf(bus)).length);
  }

  expect(letters).toEqual([1, 1, 2, 3]);
});

test("what is only too early waits for its time and is not counted", async () => {
  await using world = await startBus();
  const { bus } = world;
  const begun = Date.now();
  const later = () => new LaterError("PAUSED", "the forge asked us to wait", { untilMs: begun + 500 });
  const { attempts, queue } = failing([later(), later()]);
  await using _replica = startWork(queue, { bus, limits: { maxAttempts: 1 } });

  const { seq } = await bus.publish(change("text", 1));
  await untilDone(bus, "text", seq);

  expect(Date.now() - begun).toBeGreaterThanOrEqual(500);
  expect(attempts).toEqual(["1#1", "1#1", "1#1"]);
  expect(await deadLettersOf(bus)).toEqual([]);
});

test("a newer change does not wait for one that is only too early", async () => {
  await using world = await startBus();
  const { bus } = world;
  const { attempts, queue } = failing([new LaterError("PAUSED", "wait", { untilMs: Date.now() + 3_600_000 })]);
  await using _replica = startWork(queue, { bus });
  await bus.publish(change("text", 1));
  await vi.waitUntil(async () => (await bus.bucket("attempts").read("comparator.text")) !== undefined);

  const { seq } = await bus.publish(change("text", 2));
  await untilDone(bus, "text", seq);

  expect(attempts).toEqual(["1#1", "2#1"]);
});

test("a failure of NATS is not the job's: it is never counted, whatever the limit (spec: bus, trap 15)", async () => {
  await using world = await startBus();
  const { bus } = world;
  const { attempts, queue } = failing([new BusError("BUS_FAILED", "time-out"), new BusError("BUS_FAILED", "time-out")]);
  await using _replica = startWork(queue, { bus, limits: { maxAttempts: 1 } });

  const { seq } = await bus.publish(change("text", 1));
  await untilDone(bus, "text", seq);

  expect(attempts).toEqual(["1#1", "1#1", "1#1"]);
  expect(await deadLettersOf(bus)).toEqual([]);
});

test("an outcome that is too large is a dead letter, not a run that comes back for ever", async () => {
  await using world = await startBus();
  const { bus } = world;
  const queue = changeQueue((event, context) => {
    const { events } = reportOf(event, context);
    return Promise.resolve({ events: events.map((outcome) => ({ ...outcome, data: "x".repeat(300_000) })) });
  });
  await using _replica = startWork(queue, { bus });

  const { seq } = await bus.publish(change("text", 1));
  await untilDone(bus, "text", seq);

  expect(await deadLettersOf(bus)).toMatchObject([{ code: "BUS_TOO_LARGE", seq }]);
});

test("a run that takes too long has failed, and its signal says so", async () => {
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
