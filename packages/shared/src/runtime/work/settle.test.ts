import { assert, double, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { BusError, ConflictError, NotProvisionedError } from "../bus/bus-error.ts";
import { LaterError, PermanentError, TransientError } from "../errors.ts";
import { settle } from "./settle.ts";

const first = { number: 1, most: 5 };
const last = { number: 5, most: 5 };

test("a failure that may go away is tried again, with its code", () => {
  expect(settle(new TransientError("X_DOWN", "x"), first, 0.5)).toEqual({
    kind: "retry",
    delayMs: 1000,
    code: "X_DOWN",
  });
});

test("the other side's word on when to try again is taken", () => {
  const error = new TransientError("X_BUSY", "x", { retryAfterMs: 12_345 });

  expect(settle(error, first)).toEqual({ kind: "retry", delayMs: 12_345, code: "X_BUSY" });
});

test("a bug is tried again too: it may not be one of ours", () => {
  expect(settle(new TypeError("x"), first, 1)).toEqual({ kind: "retry", delayMs: 2000, code: "UNEXPECTED" });
  expect(settle("text", last)).toEqual({ kind: "dead-letter", code: "UNEXPECTED" });
});

test("a failure that stays is a dead letter at once", () => {
  expect(settle(new PermanentError("X_GONE", "x"), first)).toEqual({ kind: "dead-letter", code: "X_GONE" });
});

test("the last try ends as a dead letter", () => {
  expect(settle(new TransientError("X_DOWN", "x"), { number: 4, most: 5 }).kind).toBe("retry");
  expect(settle(new TransientError("X_DOWN", "x"), last)).toEqual({ kind: "dead-letter", code: "X_DOWN" });
  expect(settle(new TransientError("X_DOWN", "x"), { number: 6, most: 5 }).kind).toBe("dead-letter");
});

test("what is only too early waits for its time, whatever the attempt", () => {
  const error = new LaterError("PAUSED", "x", { untilMs: 99 });

  expect(settle(error, last)).toEqual({ kind: "later", untilMs: 99, code: "PAUSED" });
});

test.each([new BusError("BUS_FAILED", "x"), new ConflictError("x", undefined), new NotProvisionedError("x")])(
  "a failure of NATS is never the job's: $code",
  (error) => {
    expect(settle(error, last)).toEqual({ kind: "uncounted", delayMs: 1000 });
  },
);

describe("the delay between two tries", () => {
  test("grows with each, is spread over its whole range, and ends at five minutes", () => {
    assert(
      property(integer({ min: 1, max: 50 }), double({ min: 0, max: 1, noNaN: true }), (number, random) => {
        const settled = settle(new TransientError("X_DOWN", "x"), { number, most: 100 }, random);

        expect(settled.kind).toBe("retry");
        const delayMs = settled.kind === "retry" ? settled.delayMs : Number.NaN;
        expect(Number.isInteger(delayMs)).toBe(true);
        expect(delayMs).toBe(Math.ceil(random * Math.min(300_000, 1000 * 2 ** number)));
      }),
    );
  });
});
