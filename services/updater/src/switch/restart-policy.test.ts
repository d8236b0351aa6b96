import { expect, test } from "vitest";
import { decideRestart } from "./restart-policy.ts";

test("each exit in a row doubles the wait", () => {
  const delays = [1, 2, 3, 4].map((count) => decideRestart(Array.from({ length: count }, (_, index) => index)));
  expect(delays).toEqual([100, 200, 400, 800].map((delayMs) => ({ kind: "restart", delayMs })));
});

test("eight exits within two minutes are a loop, and old ones do not count", () => {
  const quick = Array.from({ length: 8 }, (_, index) => index * 1000);
  expect(decideRestart(quick)).toEqual({ kind: "crash-loop" });
  expect(decideRestart([...quick, 500_000])).toEqual({ kind: "restart", delayMs: 100 });
});
