import { assert, double, integer, property } from "fast-check";
import { expect, test } from "vitest";
import type { TriggerOptions } from "@lockstep/shared/config";
import type { Cursor } from "./cursor.ts";
import { decideDue, firstCursor, withJitter } from "./decide-due.ts";
import { spreadOf } from "./spread.ts";

const triggers: TriggerOptions = {
  policy: "both",
  interval: 60_000,
  initialDelay: 0,
  onStartup: false,
  reconcile: 3_600_000,
  targetInterval: 300_000,
  after: [],
};
const nowMs = 1_000_000;
const cursor: Cursor = { generation: 1, reconciles: 0, nextPollAtMs: nowMs + 5, nextReconcileAtMs: nowMs + 500 };

function due(changes: Partial<Cursor>, options: Partial<TriggerOptions> = {}, isStarting = false) {
  return decideDue({ ...cursor, ...changes }, { ...triggers, ...options }, { ms: nowMs, holder: "me", isStarting });
}

test("a route waits for its next poll or reconcile, whichever is first", () => {
  expect(due({})).toEqual({ kind: "nothing", untilMs: nowMs + 5 });
  expect(due({ nextPollAtMs: nowMs + 900 })).toEqual({ kind: "nothing", untilMs: nowMs + 500 });
});

test("a route whose time has come is polled", () => {
  expect(due({ nextPollAtMs: nowMs })).toEqual({ kind: "poll" });
});

test("a reconcile goes before a poll, or a source that fails would put it off for ever", () => {
  expect(due({ nextPollAtMs: 0, nextReconcileAtMs: nowMs })).toEqual({ kind: "reconcile" });
});

test("with webhook-only nothing is polled, but reconciled it is", () => {
  expect(due({ nextPollAtMs: 0 }, { policy: "webhook-only" })).toEqual({ kind: "nothing", untilMs: nowMs + 500 });
  expect(due({ nextReconcileAtMs: 0 }, { policy: "webhook-only" })).toEqual({ kind: "reconcile" });
});

test("somebody else's claim is respected until it ends, one's own is not waited for", () => {
  const claim = { holder: "another", untilMs: nowMs + 9 };

  expect(due({ nextPollAtMs: 0, claim })).toEqual({ kind: "taken", untilMs: nowMs + 9 });
  expect(due({ nextPollAtMs: 0, claim: { ...claim, untilMs: nowMs } })).toEqual({ kind: "poll" });
  expect(due({ nextPollAtMs: 0, claim: { ...claim, holder: "me" } })).toEqual({ kind: "poll" });
});

test("a process that starts looks at once where that is wished", () => {
  expect(due({}, { onStartup: true }, true)).toEqual({ kind: "startup" });
  expect(due({}, { onStartup: true }, false).kind).toBe("nothing");
  expect(due({}, { onStartup: false }, true).kind).toBe("nothing");
});

test("replicas that start together look once", () => {
  const others = { starts: { count: 1, atMs: nowMs - 59_000 } };

  expect(due(others, { onStartup: true }, true).kind).toBe("nothing");
  expect(due({ starts: { count: 1, atMs: nowMs - 60_000 } }, { onStartup: true }, true).kind).toBe("startup");
});

test("an interval that was shortened holds at once, for polls and reconciles", () => {
  const planned = { atMs: nowMs - 10_000, intervalMs: 3_600_000 };
  const far = { nextPollAtMs: nowMs + 3_590_000, nextReconcileAtMs: nowMs + 3_590_000 };

  expect(due({ ...far, planned }, { interval: 10_000 })).toEqual({ kind: "poll" });
  expect(due({ ...far, planned }, { interval: 11_000 })).toEqual({ kind: "nothing", untilMs: nowMs + 1000 });
  expect(due({ ...far, reconcilePlanned: planned }, { reconcile: 10_000 })).toEqual({ kind: "reconcile" });
});

test("a source that asked for a pause has it, however short the interval is", () => {
  const planned = { atMs: nowMs - 10_000, intervalMs: 60_000 };
  const failing = { count: 1, sinceMs: 0, code: "SOURCE_BUSY", message: "", suspended: false };

  expect(due({ nextPollAtMs: nowMs + 100_000, planned }).kind).toBe("nothing");
  expect(due({ nextPollAtMs: nowMs + 400, planned, failing }, { interval: 5000 })).toEqual({
    kind: "nothing",
    untilMs: nowMs + 400,
  });
});

test("the next poll is an interval away, give or take five in a hundred", () => {
  expect([0, 0.5, 1].map((random) => withJitter(nowMs, 60_000, random) - nowMs)).toEqual([57_000, 60_000, 63_000]);
  assert(
    property(integer({ min: 1, max: 1e9 }), double({ min: 0, max: 1, noNaN: true }), (interval, random) => {
      const wait = withJitter(nowMs, interval, random) - nowMs;
      expect(Math.abs(wait - interval)).toBeLessThanOrEqual(Math.ceil(interval * 0.05));
    }),
  );
});

test("a new route is polled after its initial delay", () => {
  expect(firstCursor("text", { ...triggers, initialDelay: 10_000 }, nowMs).nextPollAtMs).toBe(nowMs + 10_000);
});

test("reconciles are spread by the hash of the route, the same way in every process", () => {
  const at = (name: string) => firstCursor(name, triggers, nowMs).nextReconcileAtMs - nowMs;
  const places = Array.from({ length: 1000 }, (_, index) => at(`route-${index}`));

  expect(at("text")).toBe(at("text"));
  expect(Math.min(...places)).toBeGreaterThanOrEqual(triggers.reconcile / 2);
  expect(Math.max(...places)).toBeLessThanOrEqual(triggers.reconcile);
  const tenths = Map.groupBy(places, (place) => Math.floor((place / triggers.reconcile - 0.5) * 20));
  expect(tenths.size).toBe(10);
  for (const tenth of tenths.values()) expect(tenth.length).toBeGreaterThan(60);
});

test("a name has its own place between 0 and 1", () => {
  expect(spreadOf("text")).toBeCloseTo(0.6, 0);
  expect(spreadOf("text")).not.toBe(spreadOf("image"));
});
