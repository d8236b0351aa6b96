import { expect, test } from "vitest";
import { allEnded } from "./all-ended.ts";

test("gives every value", async () => {
  expect(await allEnded([Promise.resolve(1), "two"])).toEqual([1, "two"]);
});

test("throws the failure only when all the others have ended", async () => {
  const slow = Promise.withResolvers<void>();
  const ended: string[] = [];
  const all = allEnded([Promise.reject(new Error("first")), slow.promise.then(() => ended.push("slow"))]);
  const seen = all.catch((error: unknown) => ended.push(String(error)));

  slow.resolve();
  await seen;

  expect(ended).toEqual(["slow", "Error: first"]);
});
