import { assert, double, integer, property } from "fast-check";
import { expect, test } from "vitest";
import {
  decideFailure,
  decideWholeFailure,
  longestWait,
  suspendAfter,
  type Failure,
  type FailureDecision,
} from "./decide-failure.ts";

const failure: Failure = { code: "SOURCE_UNAVAILABLE", message: "503", retryAfterMs: undefined };
const nowMs = 1_000_000;
const calm = { before: undefined, intervalMs: 60_000, nowMs, random: 1 };

/** As many failures in a row, one after the other. */
function failures(count: number, intervalMs = 60_000): readonly FailureDecision[] {
  const decisions: FailureDecision[] = [];
  for (let number = 1; number <= count; number += 1) {
    const before = decisions.at(-1)?.failing;
    decisions.push(decideFailure(failure, { ...calm, before, intervalMs, nowMs: nowMs + number }));
  }
  return decisions;
}

test("a route is suspended after exactly 10 failures in a row, and somebody is told once", () => {
  const decisions = failures(12);

  expect(suspendAfter).toBe(10);
  expect(decisions.map(({ failing }) => failing.suspended)).toEqual([...Array(9).fill(false), true, true, true]);
  expect(decisions.map(({ suspends }) => suspends)).toEqual([...Array(9).fill(false), true, false, false]);
  expect(decisions.at(-1)?.failing).toEqual({
    count: 12,
    sinceMs: nowMs + 1,
    code: "SOURCE_UNAVAILABLE",
    message: "503",
    suspended: true,
  });
});

test("a source that fails is tried sooner than its interval, ever less often", () => {
  const waits = failures(9).map(({ nextPollAtMs }, index) => nextPollAtMs - nowMs - index - 1);

  expect(waits).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
});

test("a suspended route is probed ten times slower, at least hourly, and never faster than it was polled", () => {
  const probeOf = (intervalMs: number) => (failures(10, intervalMs).at(-1)?.nextPollAtMs ?? 0) - nowMs - 10;

  expect(probeOf(60_000)).toBe(600_000);
  expect(probeOf(1_800_000)).toBe(3_600_000);
  expect(probeOf(21_600_000)).toBe(21_600_000);
});

test("the pause that a source asked for is kept, suspended or not", () => {
  const busy = { ...failure, retryAfterMs: 1_800_000 };
  const before = failures(10).at(-1)?.failing;

  expect(decideFailure(busy, calm).nextPollAtMs).toBe(nowMs + 1_800_000);
  expect(decideFailure(busy, { ...calm, before }).nextPollAtMs).toBe(nowMs + 1_800_000);
  expect(decideFailure({ ...failure, retryAfterMs: 0 }, calm).nextPollAtMs).toBe(nowMs + 2000);
});

test("jitter makes a wait shorter by up to a half, never longer and never none", () => {
  assert(
    property(integer({ min: 0, max: 30 }), double({ min: 0, max: 1, noNaN: true }), (count, random) => {
      const before = { count, sinceMs: 0, code: "", message: "", suspended: count >= suspendAfter };
      const longest = decideFailure(failure, { ...calm, before }).nextPollAtMs - nowMs;
      const wait = decideFailure(failure, { ...calm, before, random }).nextPollAtMs - nowMs;
      expect(wait).toBeGreaterThanOrEqual(longest / 2);
      expect(wait).toBeLessThanOrEqual(longest);
    }),
  );
});

test("a source has failed as a whole only if nothing of it could be read", () => {
  expect(decideWholeFailure([failure], 2)).toBeUndefined();
  expect(decideWholeFailure([], 0)).toBeUndefined();
  expect(decideWholeFailure([failure, failure], 2)).toEqual(failure);
});

test("of several pauses that were asked for the longest counts", () => {
  const waits = [1000, undefined, 5000].map((retryAfterMs) => ({ ...failure, retryAfterMs }));

  expect(longestWait(waits)).toBe(5000);
  expect(longestWait([failure])).toBeUndefined();
  expect(decideWholeFailure(waits, 3)?.retryAfterMs).toBe(5000);
});

test("a long message is cut to what fits a cursor", () => {
  expect(decideFailure({ ...failure, message: "x".repeat(10_000) }, calm).failing.message).toHaveLength(500);
});
