import { LaterError, PermanentError, TransientError } from "@lockstep/shared/runtime";
import { expect, test } from "vitest";
import { githubError, type RefusedCall } from "./github-error.ts";

const now = 1_700_000_000_000;

function errorOf(refused: Partial<RefusedCall>) {
  return githubError({
    call: "POST /repos/a/b/pulls",
    status: 500,
    headers: {},
    words: "words",
    now,
    cause: undefined,
    ...refused,
  });
}

test.each([
  [401, "GITHUB_AUTH_FAILED"],
  [403, "GITHUB_FORBIDDEN"],
  [404, "GITHUB_NOT_FOUND"],
  [410, "GITHUB_REFUSED"],
  [422, "GITHUB_REFUSED"],
])("%s stays until somebody changes something", (status, code) => {
  const error = errorOf({ status });

  expect(error).toBeInstanceOf(PermanentError);
  expect(error).toMatchObject({ code, message: `GitHub answered ${status} to POST /repos/a/b/pulls: words` });
  expect(error.hint).not.toBe("");
});

test("a server's failure and silence may go away", () => {
  expect(errorOf({ status: 502 })).toBeInstanceOf(TransientError);
  expect(errorOf({ status: 503, headers: { "retry-after": "9" } })).toMatchObject({
    code: "GITHUB_UNAVAILABLE",
    retryAfterMs: 9000,
  });
  expect(errorOf({ status: undefined })).toMatchObject({ name: "TransientError", code: "GITHUB_UNREACHABLE" });
});

test.each<[string, Partial<RefusedCall>, number]>([
  ["retry-after of a secondary one", { status: 403, headers: { "retry-after": "30" } }, now + 30_000],
  ["retry-after with 429", { status: 429, headers: { "retry-after": "5" } }, now + 5000],
  [
    "the reset of a primary one",
    { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": 1_700_000_100 } },
    now + 101_000,
  ],
  [
    "a reset that is over already",
    { status: 429, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": 1 } },
    now + 1000,
  ],
  ["words alone: a minute", { status: 403, words: "You have exceeded a secondary rate limit" }, now + 60_000],
  ["429 alone: a minute", { status: 429 }, now + 60_000],
])("a limit is waited for: %s", (_, refused, untilMs) => {
  const error = errorOf(refused);

  expect(error).toBeInstanceOf(LaterError);
  expect(error).toMatchObject({ code: "GITHUB_RATE_LIMITED", untilMs });
});

test("a page of a proxy is shortened to a line", () => {
  const { message } = errorOf({ words: `<html>\n\n${"x ".repeat(1000)}` });

  expect(message).not.toContain("\n");
  expect(message.length).toBeLessThan(400);
});
