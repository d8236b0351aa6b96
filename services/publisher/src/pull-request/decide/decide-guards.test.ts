import { expect, test } from "vitest";
import { decideGuards, type GuardQuestion } from "./decide-guards.ts";

const now = Date.parse("2025-03-05T12:00:00Z"); // A Wednesday.
const options = { minChanges: 1, maxDeletions: { percent: 20 } };

function change(
  category: string,
  baseRecords: number,
  counts: { added?: number; removed?: number; modified?: number },
) {
  return { category, baseRecords, baseCounts: { added: 0, removed: 0, modified: 0, ...counts } };
}

function ask(question: Partial<GuardQuestion>) {
  const changes = question.changes ?? [change("text", 100, { added: 1 })];
  const rest = { kind: "open", ownOpen: false, options, targetChanges: changes, openedAt: [], now } as const;
  return decideGuards({ ...rest, deletionsAllowed: false, openOthers: 0, ...question, changes });
}

test("an ordinary change passes", () => {
  expect(ask({})).toBeUndefined();
});

test("fewer changes than minChanges wait for more, but not while a pull request of ours is open", () => {
  const few = { options: { ...options, minChanges: 3 } };

  expect(ask(few)).toEqual({ kind: "wait-for-more", reason: "1 of the 3 changes that minChanges asks for" });
  expect(ask({ ...few, ownOpen: true })).toBeUndefined();
});

test("minChanges counts the changes of the whole target", () => {
  const targetChanges = [change("text", 100, { added: 1 }), change("image", 100, { modified: 2 })];

  expect(ask({ options: { ...options, minChanges: 3 }, targetChanges })).toBeUndefined();
});

test.each([
  ["20 of 100 are 20 %", { records: 100, removed: 20 }, undefined],
  ["21 of 100 are more", { records: 100, removed: 21 }, "21 of 100 records of text"],
  ["5 are never held, whatever the share", { records: 6, removed: 5 }, undefined],
  ["6 of 7 are more than 5", { records: 7, removed: 6 }, "6 of 7 records of text"],
  ["all of them are held, however few", { records: 2, removed: 2 }, "all 2 records of text"],
])("deletions: %s", (_, { records, removed }, what) => {
  const guard = ask({ changes: [change("text", records, { removed, modified: 1 })] });

  const reason = `${what} would be deleted, more than maxDeletions allows`;
  expect(guard).toEqual(what === undefined ? undefined : { kind: "needs-person", code: "DELETIONS_HELD", reason });
});

test("replacing the only record of a category is no emptying", () => {
  expect(ask({ changes: [change("text", 1, { removed: 1, added: 1 })] })).toBeUndefined();
});

test("a category that loses much is held although the others are large", () => {
  const changes = [change("text", 1000, { added: 1 }), change("image", 20, { removed: 10 })];

  expect(ask({ changes })).toMatchObject({ reason: expect.stringContaining("10 of 20 records of image") });
});

test("many small losses that add up are held", () => {
  const changes = ["a", "b", "c", "d"].map((name) => change(name, 6, { removed: 5 }));

  expect(ask({ changes })).toMatchObject({ reason: expect.stringContaining("20 of 24 records") });
});

test("maxDeletions as a number", () => {
  const few = { ...options, maxDeletions: { count: 8 } };

  expect(ask({ options: few, changes: [change("text", 100, { removed: 8 })] })).toBeUndefined();
  expect(ask({ options: few, changes: [change("text", 100, { removed: 9 })] })).toMatchObject({ kind: "needs-person" });
});

test("deletions that a person allowed pass, in an update too", () => {
  const changes = [change("text", 100, { removed: 90 })];

  expect(ask({ changes, deletionsAllowed: true })).toBeUndefined();
  expect(ask({ changes, kind: "update" })).toMatchObject({ code: "DELETIONS_HELD" });
});

test("as many open as maxOpen wait for room; an update does not", () => {
  const full = { options: { ...options, maxOpen: 2 }, openOthers: 2 };

  expect(ask(full)).toMatchObject({ kind: "too-early", code: "MAX_OPEN", laterMs: now + 600_000 });
  expect(ask({ ...full, openOthers: 1 })).toBeUndefined();
  expect(ask({ ...full, kind: "update" })).toBeUndefined();
});

test("as many in the hour as perHour wait until the oldest of them is an hour old", () => {
  const openedAt = [now - 3_700_000, now - 3_000_000, now - 1000];
  const busy = { options: { ...options, perHour: 2 }, openedAt };

  expect(ask(busy)).toMatchObject({ code: "PER_HOUR", laterMs: now + 600_000 });
  expect(ask({ ...busy, openedAt: openedAt.slice(0, 2) })).toBeUndefined();
});

test.each([
  ["inside of its window", { cron: "0 10 * * *", duration: 3 * 3_600_000, timeZone: "UTC" }],
  ["at its beginning", { cron: "0 12 * * *", duration: 3_600_000, timeZone: "UTC" }],
])("a schedule passes %s", (_, window) => {
  for (const kind of ["open", "update"] as const)
    expect(ask({ kind, options: { ...options, schedule: [window] } })).toBeUndefined();
});

test.each([
  ["at its end", { cron: "0 11 * * *", duration: 3_600_000, timeZone: "UTC" }, "2025-03-06T11:00:00.000Z"],
  ["before it", { cron: "0 8 * * 1", duration: 3_600_000, timeZone: "UTC" }, "2025-03-10T08:00:00.000Z"],
  ["in its time zone", { cron: "0 9 * * *", duration: 3_600_000, timeZone: "Asia/Tokyo" }, "2025-03-06T00:00:00.000Z"],
])("a schedule waits for the next window %s", (_, window, next) => {
  for (const kind of ["open", "update"] as const)
    expect(ask({ kind, options: { ...options, schedule: [window] } })).toMatchObject({
      code: "OUTSIDE_SCHEDULE",
      laterMs: Date.parse(next),
    });
});

test("one of several windows is enough", () => {
  const duration = 3_600_000;
  const schedule = ["0 20 * * *", "0 12 * * *"].map((cron) => ({ cron, duration, timeZone: "UTC" }));

  expect(ask({ options: { ...options, schedule } })).toBeUndefined();
});

test("a schedule that cannot be read is a fault of the configuration", () => {
  for (const cron of ["at noon", "0 0 31 2 *"]) {
    const schedule = [{ cron, duration: 1000, timeZone: "UTC" }];
    expect(() => ask({ options: { ...options, schedule } })).toThrow(
      expect.objectContaining({ code: "SCHEDULE_INVALID" }),
    );
  }
});
