import { array, assert, boolean, constantFrom, option, property, record } from "fast-check";
import { expect, test } from "vitest";
import { claimTarget, decideTarget, decideTargetFailure, isKnown, noteRef, targetDueAt } from "./decide-target.ts";
import type { TargetCursor } from "./target-cursor.ts";

const nowMs = 1_000_000;
const refs = { "refs/heads/main": "a", "refs/heads/sync/text": "b" };
const failure = { code: "GIT_UNREACHABLE", message: "", retryAfterMs: undefined };

test("the first look sets the baseline", () => {
  expect(decideTarget({}, refs)).toEqual({ kind: "baseline" });
});

test("the same refs in another order are no difference", () => {
  expect(decideTarget({ refs }, { "refs/heads/sync/text": "b", "refs/heads/main": "a" })).toEqual({
    kind: "unchanged",
  });
});

test.each([
  ["a merge moves the base", { ...refs, "refs/heads/main": "c" }],
  ["a closed pull request takes its branch away", { "refs/heads/main": "a" }],
  ["a person's commit moves our branch", { ...refs, "refs/heads/sync/text": "c" }],
  ["a branch of ours appears", { ...refs, "refs/heads/sync/text/a": "a" }],
])("%s, which is a difference", (_what, now) => {
  expect(decideTarget({ refs }, now)).toMatchObject({ kind: "changed" });
});

test("the revision stands for the refs as they are now", () => {
  const there = decideTarget({ refs }, { "refs/heads/main": "c" });
  const again = decideTarget({ refs: { "refs/heads/main": "x" } }, { "refs/heads/main": "c" });

  expect(there).toEqual(again);
});

test("every difference leads to an event, and none is lost when the watcher dies in between (I6)", () => {
  const step = record({ base: constantFrom("a", "b"), ours: option(constantFrom("c", "d")), dies: boolean() });
  assert(
    property(array(step, { maxLength: 20 }), (steps) => {
      let cursor: Pick<TargetCursor, "refs" | "announcing"> = {};
      let heard = "";
      for (const { base, ours, dies } of steps) {
        const now: Record<string, string> = { base, ...(ours === null ? {} : { ours }) };
        const decision = decideTarget(cursor, now);
        if (decision.kind !== "unchanged") heard = JSON.stringify(now);
        expect(heard).toBe(JSON.stringify(now));
        if (decision.kind === "changed" && dies) cursor = { ...cursor, announcing: decision.revision };
        else cursor = { refs: now };
      }
    }),
  );
});

test("a look moves the next one an interval away, so that no other replica looks too", () => {
  const claimed = claimTarget({ generation: 3, refs, nextLookAtMs: 0 }, 300_000, { ms: nowMs, random: 0.5 });

  expect(claimed).toEqual({
    generation: 3,
    refs,
    nextLookAtMs: nowMs + 300_000,
    planned: { atMs: nowMs, intervalMs: 300_000 },
  });
  expect(targetDueAt(claimed, 300_000)).toBe(nowMs + 300_000);
  expect(targetDueAt(claimed, 60_000)).toBe(nowMs + 60_000);
});

test("a target that fails is looked at half as often each time, down to once an hour", () => {
  const waits: number[] = [];
  let before: TargetCursor["failing"];
  for (let number = 0; number < 6; number += 1) {
    const decision = decideTargetFailure(failure, { before, intervalMs: 300_000, nowMs, random: 1 });
    before = decision.failing;
    waits.push((decision.nextLookAtMs - nowMs) / 60_000);
  }

  expect(waits).toEqual([5, 10, 20, 40, 60, 60]);
  expect(before).toEqual({ count: 6, code: "GIT_UNREACHABLE" });
});

test("a pause that the forge asked for is kept, and a shorter interval does not cut it", () => {
  const decision = decideTargetFailure(
    { ...failure, retryAfterMs: 900_000 },
    { before: undefined, intervalMs: 300_000, nowMs, random: 0 },
  );

  expect(decision.nextLookAtMs).toBe(nowMs + 900_000);
  expect(targetDueAt({ generation: 0, planned: { atMs: nowMs, intervalMs: 300_000 }, ...decision }, 1000)).toBe(
    nowMs + 900_000,
  );
});

test("an interval longer than an hour stays what it is while a target fails", () => {
  const decision = decideTargetFailure(failure, { before: undefined, intervalMs: 7_200_000, nowMs, random: 1 });

  expect(decision.nextLookAtMs - nowMs).toBe(7_200_000);
});

test("what a webhook told of is the baseline from then on, as an occurrence of its own", () => {
  const cursor = { refs, generation: 3, nextLookAtMs: 7 };
  const main = "refs/heads/main";

  expect(noteRef(cursor, { ref: main, head: "c" })).toEqual({
    ...cursor,
    refs: { ...refs, [main]: "c" },
    generation: 4,
  });
  expect(noteRef(cursor, { ref: "refs/heads/sync/text", head: undefined }).refs).toEqual({ [main]: "a" });
  expect(isKnown(cursor, { ref: main, head: "a" })).toBe(true);
  expect(isKnown(cursor, { ref: main, head: "c" })).toBe(false);
});

test("of a target that is never polled a webhook's words are remembered, the newest of them", () => {
  const head = (count: number) => (count % 2 === 0 ? String(count) : undefined);
  let cursor: TargetCursor = { generation: 0, nextLookAtMs: 7 };
  for (let count = 0; count < 60; count += 1) cursor = noteRef(cursor, { ref: `ref-${count}`, head: head(count) });
  cursor = noteRef(cursor, { ref: "ref-10", head: "again" });

  expect(Object.keys(cursor.told ?? {})).toHaveLength(50);
  expect(cursor.refs).toBeUndefined();
  expect(isKnown(cursor, { ref: "ref-10", head: "again" })).toBe(true);
  expect(isKnown(cursor, { ref: "ref-59", head: undefined })).toBe(true);
  expect(isKnown(cursor, { ref: "ref-11", head: undefined })).toBe(true);
  expect(isKnown(cursor, { ref: "ref-0", head: "0" })).toBe(false);
  expect(isKnown({}, { ref: "ref-1", head: undefined })).toBe(false);
});

test("a poll that died before its end is done with by a webhook of the very same, and by no other (I6)", () => {
  const now = { ...refs, "refs/heads/main": "c" };
  const decision = decideTarget({ refs }, now);
  const announcing = decision.kind === "changed" ? decision.revision : "";
  const cursor = { refs, generation: 3, nextLookAtMs: 7, announcing };

  expect(noteRef(cursor, { ref: "refs/heads/main", head: "c" }).announcing).toBeUndefined();
  expect(noteRef(cursor, { ref: "refs/heads/main", head: "d" }).announcing).toBe(announcing);
});
