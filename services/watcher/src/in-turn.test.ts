import { expect, test } from "vitest";
import { createTurns } from "./in-turn.ts";

test("works with one key run one after the other, also after one that failed", async () => {
  const inTurn = createTurns();
  const seen: string[] = [];
  const first = Promise.withResolvers<void>();
  const works = [
    inTurn("a", async () => {
      await first.promise;
      seen.push("first");
      throw new Error("first failed");
    }),
    inTurn("a", async () => void seen.push("second")),
    inTurn("b", async () => void seen.push("other")),
  ];

  await works[2];
  first.resolve();

  expect((await Promise.allSettled(works)).map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
  expect(seen).toEqual(["other", "first", "second"]);
});

test("a work's result is handed to whoever asked", async () => {
  const inTurn = createTurns();

  expect(await Promise.all([1, 2, 3].map((number) => inTurn("a", async () => number * 2)))).toEqual([2, 4, 6]);
});
