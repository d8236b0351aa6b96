import { expect, test } from "vitest";
import { PermanentError, TransientError } from "../runtime/errors.ts";
import { statusError } from "./status-error.ts";

const nowMs = Date.parse("2026-05-01T10:00:00Z");

function errorOf(status: number, retryAfter?: string) {
  const headers = new Headers(retryAfter === undefined ? {} : { "retry-after": retryAfter });
  return statusError({ status, url: "http://source/a", headers }, nowMs);
}

test.each([
  [404, "SOURCE_NOT_FOUND"],
  [422, "SOURCE_UNKNOWN_CATEGORY"],
  [401, "SOURCE_REFUSED"],
  [403, "SOURCE_REFUSED"],
  [418, "SOURCE_UNEXPECTED"],
  [204, "SOURCE_UNEXPECTED"],
])("%i stays until somebody changes something: %s", (status, code) => {
  const error = errorOf(status);

  expect(error).toBeInstanceOf(PermanentError);
  expect(error).toMatchObject({ code, message: expect.stringContaining(`http://source/a answered ${status}`) });
});

test.each([
  [429, "SOURCE_BUSY"],
  [503, "SOURCE_UNAVAILABLE"],
  [500, "SOURCE_UNAVAILABLE"],
  [408, "SOURCE_UNAVAILABLE"],
])("%i goes away by itself: %s", (status, code) => {
  expect(errorOf(status)).toBeInstanceOf(TransientError);
  expect(errorOf(status)).toMatchObject({ code, retryAfterMs: undefined });
});

test.each([
  ["seconds", "120", 120_000],
  ["no time at all", "0", 0],
  ["a date", "Fri, 01 May 2026 10:02:00 GMT", 120_000],
  ["a date that is over", "Fri, 01 May 2026 09:00:00 GMT", 0],
  ["more than an hour", "86400", 3_600_000],
  ["a date by a wrong clock", "Sat, 01 May 2027 10:00:00 GMT", 3_600_000],
  ["what nobody can read", "soon", undefined],
])("Retry-After of %s is read", (_what, header, ms) => {
  expect(errorOf(429, header)).toMatchObject({ retryAfterMs: ms });
  expect(errorOf(503, header)).toMatchObject({ retryAfterMs: ms });
});
