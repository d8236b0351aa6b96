import { expect, test } from "vitest";
import { memoryLog } from "../testing/memory-log.ts";
import { PermanentError } from "./errors.ts";
import { Secret } from "./secret.ts";

test("a line is JSON: the level as a word, the time, the service, the fields and the message", () => {
  const { log, lines } = memoryLog("publisher");

  log.child({ route: "text" }).info({ decision: { kind: "open" } }, "decided");

  expect(lines).toEqual([
    {
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: "publisher",
      route: "text",
      decision: { kind: "open" },
      msg: "decided",
    },
  ]);
});

test("a secret shows itself in no field, no message and no error (I9)", () => {
  const { log, text } = memoryLog();
  const secret = new Secret('hunter2"and\nmore');
  const value = secret.reveal();

  log.info({ secret, deep: { list: [secret], text: `x${value}x` } }, `message with ${value}`);
  log.child({ inherited: value }).warn("child");
  log.error({ error: new Error(`failed with ${value}`) }, "failed");
  log.error(new Error(`bare ${value}`));
  log.info({ url: "https://me:pass-word@host/x" }, "url");

  expect(text()).not.toContain("hunter2");
  expect(text()).not.toContain("pass-word");
  expect(text().match(/\[secret\]/g)?.length).toBeGreaterThanOrEqual(7);
});

test("an expected failure is logged with its code, hint and cause, a bug with its stack", () => {
  const { log, lines } = memoryLog();
  const cause = new Error("connect ECONNREFUSED 127.0.0.1:1");

  log.error({ error: new PermanentError("X_FAILED", "it failed", { hint: "mend it", cause }) }, "expected");
  log.error({ error: new TypeError("a bug") }, "unexpected");
  log.error({ error: "thrown text" }, "odd");

  expect(lines).toMatchObject([
    { error: { code: "X_FAILED", message: "it failed", hint: "mend it", cause: "connect ECONNREFUSED 127.0.0.1:1" } },
    { error: { message: "a bug", stack: expect.stringContaining("log.test.ts") } },
    { error: "thrown text" },
  ]);
  expect(lines[0]?.["error"]).not.toHaveProperty("stack");
});
