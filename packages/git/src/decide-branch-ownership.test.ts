import { expect, test } from "vitest";
import { decideBranchOwnership, type JudgedCommit } from "./decide-branch-ownership.ts";

const look = { base: "base", head: "head", recorded: undefined, commits: undefined };
const decide = (...commits: JudgedCommit[]) => decideBranchOwnership({ ...look, commits });
const ours: JudgedCommit = { kind: "change", id: "head", claimed: "d", delta: "d" };
const merge: JudgedCommit = { kind: "merge", id: "m", tree: "t", merged: "t" };

test("the head we recorded needs no look", () => {
  expect(decideBranchOwnership({ ...look, recorded: "head" })).toEqual({ kind: "ours", because: "recorded-head" });
});

test("another head than the recorded one needs a look", () => {
  expect(decideBranchOwnership({ ...look, recorded: "older" })).toEqual({ kind: "look-deeper" });
});

test("a branch that stands on its base holds nothing of anybody's", () => {
  expect(decideBranchOwnership({ ...look, head: "base" })).toMatchObject({ kind: "ours" });
});

test("commits that do what they say, and merges without an edit, are ours", () => {
  expect(decide(ours)).toEqual({ kind: "ours", because: "own-commit" });
  expect(decide(merge, ours)).toEqual({ kind: "ours", because: "own-history" });
});

test.each<[JudgedCommit, string]>([
  [{ ...ours, claimed: undefined }, "no-trailer"],
  [{ ...ours, delta: "other" }, "content-differs"],
  [{ ...merge, tree: "edited" }, "merge-edited"],
  [{ ...merge, merged: undefined }, "merge-edited"],
  [{ kind: "cut", id: "head" }, "unrelated-history"],
])("one foreign commit makes the branch foreign (I8): %j", (commit, because) => {
  expect(decide(ours, commit)).toEqual({ kind: "foreign", commit: commit.id, because });
});

test("where the history never meets the base, that is said, and not whose its commits are", () => {
  const stranger: JudgedCommit = { ...ours, claimed: undefined };
  const because = "unrelated-history";
  expect(decide(ours, stranger, { kind: "cut", id: "c" })).toEqual({ kind: "foreign", commit: "c", because });
});
