import { expect, test } from "vitest";
import { LaterError, PermanentError, SyncError, TransientError } from "./errors.ts";
import { Secret } from "./secret.ts";

test("an error hides secrets when it is made, in its message and in its hint (I9)", () => {
  const password = new Secret("a-password-of-ours");
  const error = new PermanentError("X_FAILED", `refused ${password.reveal()} at https://me:pass@host/a`, {
    hint: `change ${password.reveal()}`,
  });

  expect(error.message).toBe("refused [secret] at https://[secret]@host/a");
  expect(error.hint).toBe("change [secret]");
  expect(error.stack).not.toContain("a-password-of-ours");
});

test("an error keeps its cause, and is named for its class", () => {
  const cause = new Error("socket hang up");
  const error = new TransientError("X_DOWN", "no answer", { cause, retryAfterMs: 1000 });

  expect(error).toBeInstanceOf(SyncError);
  expect(error).toMatchObject({ name: "TransientError", code: "X_DOWN", cause, retryAfterMs: 1000 });
  expect(new TransientError("X_DOWN", "no answer")).not.toHaveProperty("cause");
});

test("what is only too early says until when", () => {
  expect(new LaterError("PAUSED", "the forge asked us to wait", { untilMs: 5 })).toMatchObject({ untilMs: 5 });
});
