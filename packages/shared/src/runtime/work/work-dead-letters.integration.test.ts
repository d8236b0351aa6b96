import { expect, test } from "vitest";
import { change, changeQueue, outcomeSubject, reportOf } from "../../testing/change-queue.ts";
import { deadLettersOf } from "../../testing/dead-letters.ts";
import { failingQueue } from "../../testing/failing-queue.ts";
import { startBus } from "../../testing/start-bus.ts";
import { startWork } from "../../testing/start-work.ts";
import { untilDone } from "../../testing/until-done.ts";
import { PermanentError, TransientError } from "../errors.ts";

const soon = () => new TransientError("X_DOWN", "no answer", { retryAfterMs: 20 });

test.concurrent("a failure that stays is one dead letter at once, with the event, and its neighbours go on (I10)", async () => {
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

test.concurrent("five failures are one dead letter, and a newer change starts afresh", async () => {
  await using world = await startBus();
  const { bus } = world;
  const { attempts, queue } = failingQueue([soon(), soon(), soon(), soon(), soon(), soon()]);
  await using _replica = startWork(queue, { bus });

  const first = await bus.publish(change("text", 1));
  await untilDone(bus, "text", first.seq);
  expect(await deadLettersOf(bus)).toMatchObject([{ code: "X_DOWN", attempts: 5, seq: first.seq }]);

  const second = await bus.publish(change("text", 2));
  await untilDone(bus, "text", second.seq);
  expect(attempts).toEqual(["1#1", "1#2", "1#3", "1#4", "1#5", "2#1", "2#2"]);
  expect(await deadLettersOf(bus)).toHaveLength(1);
});

test.concurrent("the same failure about the same content is one dead letter, until a person asks again", async () => {
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

test.concurrent("an outcome that is too large is a dead letter, not a run that comes back for ever", async () => {
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
