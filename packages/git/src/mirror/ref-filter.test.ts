import { expect, test } from "vitest";
import { createRefFilter } from "./ref-filter.ts";

const usual = { include: ["refs/heads/*", "refs/tags/*"], exclude: [], tags: true };

test("a star stands for anything, slashes too, and nothing else is a pattern", () => {
  const filter = createRefFilter({ ...usual, include: ["refs/heads/release-*.x"] });

  expect(["refs/heads/release-1.x", "refs/heads/release-a/b.x"].map((name) => filter.matches(name))).toEqual([
    true,
    true,
  ]);
  expect(["refs/heads/release-1-x", "refs/heads/main"].map((name) => filter.matches(name))).toEqual([false, false]);
});

test("what hosts make for themselves is never carried, whatever is included", () => {
  const filter = createRefFilter({ ...usual, include: ["refs/*"] });
  const hosts = ["refs/pull/1/head", "refs/merge-requests/1/head", "refs/keep-around/a", "refs/remotes/x/y"];

  expect(hosts.map((name) => filter.matches(name))).toEqual(hosts.map(() => false));
  expect(filter.matches("refs/notes/commits")).toBe(true);
});

test("tags can be left alone, and exclusions win", () => {
  const filter = createRefFilter({ ...usual, tags: false, exclude: ["refs/heads/tmp/*"] });

  expect(["refs/heads/main", "refs/heads/tmp/a", "refs/tags/v1"].map((name) => filter.matches(name))).toEqual([
    true,
    false,
    false,
  ]);
  expect(filter.prefixes).toEqual(["refs/heads/"]);
});

test("a host is asked for no prefix that another one covers", () => {
  expect(createRefFilter({ ...usual, include: ["refs/heads/*", "refs/heads/release/*"] }).prefixes).toEqual([
    "refs/heads/",
  ]);
});
