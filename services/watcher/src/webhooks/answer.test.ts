import { expect, test } from "vitest";
import { PermanentError, TransientError } from "@lockstep/shared/runtime";
import { answerFailure } from "./answer.ts";

test("a repository that nobody knows is 404, what cannot be read is 400, each with what to do", () => {
  expect(answerFailure(new PermanentError("WEBHOOK_REPOSITORY_UNKNOWN", "no", { hint: "look" }))).toEqual({
    status: 404,
    body: { code: "WEBHOOK_REPOSITORY_UNKNOWN", message: "no", hint: "look" },
  });
  expect(answerFailure(new PermanentError("WEBHOOK_UNREADABLE", "no"))).toEqual({
    status: 400,
    body: { code: "WEBHOOK_UNREADABLE", message: "no" },
  });
});

test.each([
  ["NATS", new TransientError("BUS_FAILED", "nats://secret-host said no"), "BUS_FAILED"],
  ["time", new DOMException("The operation was aborted due to timeout", "TimeoutError"), "WEBHOOK_NOT_STORED"],
  ["a bug", new TypeError("cannot read secret-host"), "WEBHOOK_NOT_STORED"],
])("a failure of %s is 503 and asks for the delivery again, without a word of what is inside", (_what, error, code) => {
  const answer = answerFailure(error);

  expect(answer).toMatchObject({ status: 503, body: { code }, headers: { "retry-after": "30" } });
  expect(JSON.stringify(answer)).not.toContain("secret-host");
});
