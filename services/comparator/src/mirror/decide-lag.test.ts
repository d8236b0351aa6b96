import { expect, test } from "vitest";
import { decideLag } from "./decide-lag.ts";

const [before, after, later] = ["1".repeat(40), "2".repeat(40), "3".repeat(40)];
const nowMs = Date.parse("2026-01-01T00:00:10.000Z");
const detectedAt = "2026-01-01T00:00:00.000Z";

function decide(served: string | undefined, object = after, at = nowMs) {
  const refs = new Map(served === undefined ? [] : [["refs/heads/main", served]]);
  const change = { detectedAt, announced: { ref: "refs/heads/main", object } };
  return decideLag({ change, refs, before: new Map([["refs/heads/main", before]]), nowMs: at });
}

test("a source that still serves what it had before its own webhook is asked again", () => {
  expect(decide(before)).toBeGreaterThan(nowMs);
  expect(decide(before, "0".repeat(40))).toBeGreaterThan(nowMs);
});

test("what was announced, what came after it, and a deletion are taken as they are", () => {
  expect([decide(after), decide(later), decide(undefined, "0".repeat(40))]).toEqual([undefined, undefined, undefined]);
});

test("nobody waits for longer than half a minute, nor without a webhook or a look before", () => {
  expect(decide(before, after, nowMs + 20_000)).toBeUndefined();
  expect(decideLag({ change: { detectedAt }, refs: new Map(), before: new Map(), nowMs })).toBeUndefined();
  const change = { detectedAt, announced: { ref: "refs/heads/main", object: after } };
  expect(decideLag({ change, refs: new Map(), before: undefined, nowMs })).toBeUndefined();
});
