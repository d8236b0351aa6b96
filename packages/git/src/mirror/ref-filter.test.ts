import { expect, test } from "vitest";
import { createRefFilter } from "./ref-filter.ts";

const usual = { include: ["refs/heads/*", "refs/tags/*"], exclude: [], tags: true };

test("a star stands for anything, slashes too, and nothing else is a pattern", () => {
  const { matches } = createRefFilter({ ...usual, include: ["refs/heads/release-*.x"] });

  expect(["refs/heads/release-1.x", "refs/heads/release-a/b.x"].map(matches)).toEqual([true, true]);
  expect(["refs/heads/release-1-x", "refs/heads/main"].map(matches)).toEqual([false, false]);
});

test("what hosts make for themselves is never carried, whatever is included", () => {
  const { matches } = createRefFilter({ ...usual, include: ["refs/*"] });
  const hosts = ["refs/pull/1/head", "refs/merge-requests/1/head", "refs/keep-around/a", "refs/remotes/x/y"];

  expect(hosts.map(matches)).toEqual(hosts.map(() => false));
  expect(matches("refs/notes/commits")).toBe(true);
});

test("tags can be left alone, and exclusions win", () => {
  const { matches, prefixes } = createRefFilter({ ...usual, tags: false, exclude: ["refs/heads/tmp/*"] });

  expect(["refs/heads/main", "refs/heads/tmp/a", "refs/tags/v1"].map(matches)).toEqual([true, false, false]);
  expect(prefixes).toEqual(["refs/heads/"]);
});

test("a host is asked for no prefix that another one covers", () => {
  expect(createRefFilter({ ...usual, include: ["refs/heads/*", "refs/heads/release/*"] }).prefixes).toEqual([
    "refs/heads/",
  ]);
});
