import { expect, test } from "vitest";
import type { OurPull } from "./classify-pulls.ts";
import { decideRetirement, type SeenRetired } from "./decide-retirement.ts";
import type { PullRequest } from "../pull-requests.ts";

const branch = { head: "b1", foreign: undefined, current: false };
const foreign = { head: "b9", foreign: "c0ffee0123456789", current: false };

function ours(state: PullRequest["state"], more: Partial<PullRequest> & { closedByUs?: boolean } = {}): OurPull {
  const { closedByUs = false, ...fields } = more;
  const rest = {
    title: "",
    body: "",
    branch: "sync/a/20250101-000000",
    base: "main",
    createdAt: "2025-01-01T00:00:00Z",
  };
  const pull = { ...rest, number: 7, url: "http://forge.example/7", state, head: "b1", ...fields };
  return { pull, content: undefined, text: undefined, closedByUs };
}

function decide(seen: Partial<SeenRetired>) {
  return decideRetirement({ branch: undefined, ours: [], stranger: undefined, successor: undefined, ...seen });
}

test("an open one is closed in favour of its successor, and its branch deleted", () => {
  expect(decide({ branch, ours: [ours("open")], successor: "#8" })).toMatchObject({
    kind: "close",
    reason: "replaced by #8",
    lease: "b1",
  });
});

test("one with a person's commit stays open, and says so once (I8)", () => {
  expect(decide({ branch: foreign, ours: [ours("open")], successor: "#8" })).toMatchObject({
    kind: "hold",
    hold: { code: "PERSON_COMMITS", comment: { key: "retired" } },
  });
});

test("a branch that was merged, or that we closed, or that never had a pull request, is deleted", () => {
  for (const left of [[ours("merged")], [ours("closed", { closedByUs: true })], []])
    expect(decide({ branch, ours: left, successor: undefined })).toEqual({
      kind: "delete-branch",
      lease: "b1",
    });
  const merged = [ours("merged", { head: "b9" })];
  expect(decide({ branch: foreign, ours: merged, successor: undefined })).toMatchObject({ lease: "b9" });
});

test("what a person closed keeps its branch, and a person's branch is left alone", () => {
  expect(decide({ branch, ours: [ours("closed")], successor: undefined })).toEqual({ kind: "nothing" });
  expect(decide({ branch: foreign, ours: [], successor: undefined })).toEqual({ kind: "nothing" });
});

test("where nothing is left there is nothing to do", () => {
  expect(decide({ branch: undefined, ours: [ours("merged")], successor: undefined })).toEqual({
    kind: "nothing",
  });
});

test("a branch from which a person opened a pull request is left alone", () => {
  const { pull: stranger } = ours("open", { number: 9 });

  expect(decide({ branch, stranger })).toEqual({ kind: "nothing" });
});
