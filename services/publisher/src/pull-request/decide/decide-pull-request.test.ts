import { expect, test } from "vitest";
import type { OurPull } from "./classify-pulls.ts";
import { decidePullRequest, type SeenPart } from "./decide-pull-request.ts";
import type { PullRequest } from "../pull-requests.ts";

const now = Date.parse("2025-03-05T12:00:00Z");
const wanted = { differs: true, content: "content", text: "text", incomplete: false };
const inStep = { ...wanted, differs: false };
const branch = { head: "b1", foreign: undefined, current: true };
const foreignBranch = { head: "b9", foreign: "c0ffee0123456789", current: false };

function pull(state: PullRequest["state"], more: Partial<PullRequest> = {}): PullRequest {
  const url = "http://forge.example/acme/db/pull/7";
  const rest = { title: "Sync", body: "", branch: "sync/text", base: "main", createdAt: "2025-03-01T00:00:00Z" };
  return { ...rest, number: 7, url, state, head: "b1", ...more };
}

function ours(state: PullRequest["state"], more: Partial<PullRequest> & Partial<OurPull> = {}): OurPull {
  const { content = "content", text = "text", closedByUs = false, ...fields } = more;
  return { pull: pull(state, fields), content, text, closedByUs };
}

function decide(seen: Partial<SeenPart>) {
  return decidePullRequest({ wanted, branch: undefined, ours: [], stranger: undefined, recreate: false, now, ...seen });
}

test("wanted tree = base tree, none open: nothing", () => {
  expect(decide({ wanted: inStep })).toEqual({ kind: "nothing" });
});

test("wanted tree = base tree, ours open: closed with the reason, branch deleted", () => {
  expect(decide({ wanted: inStep, branch, ours: [ours("open")] })).toMatchObject({
    kind: "close",
    reason: "the base has all that it would change",
    lease: "b1",
  });
});

test("wanted tree = base tree, but a category could not be looked at: ours stays open (I10)", () => {
  const incomplete = { ...inStep, incomplete: true };

  expect(decide({ wanted: incomplete, branch, ours: [ours("open")] })).toMatchObject({ kind: "keep" });
  expect(decide({ wanted: incomplete, branch })).toEqual({ kind: "nothing" });
});

test("no branch, none open: push and open", () => {
  expect(decide({})).toEqual({ kind: "open", push: true, lease: undefined });
});

test("our branch pushed just before a crash, none open: open without another push (I3)", () => {
  expect(decide({ branch })).toEqual({ kind: "open", push: false, lease: "b1" });
});

test("our branch pushed just before a crash, and the change is gone: the branch is deleted", () => {
  expect(decide({ wanted: inStep, branch })).toEqual({ kind: "delete-branch", lease: "b1" });
});

test("ours open, same tree, parent still base: unchanged", () => {
  expect(decide({ branch, ours: [ours("open")] })).toMatchObject({ kind: "keep", pull: { number: 7 } });
});

test("ours open, same tree, but its texts are old: updated without a push", () => {
  expect(decide({ branch, ours: [ours("open", { text: "old" })] })).toMatchObject({ kind: "update", push: false });
});

test("ours open, other tree or base moved under it: pushed over what was seen, and nothing else", () => {
  const stale = { ...branch, current: false };

  expect(decide({ branch: stale, ours: [ours("open", { content: "old" })] })).toMatchObject({
    kind: "update",
    push: true,
    lease: "b1",
    sameContent: false,
  });
  expect(decide({ branch: stale, ours: [ours("open")] })).toMatchObject({ kind: "update", sameContent: true });
});

test("a person's commit on the branch: held, with a comment for the pull request (I8)", () => {
  expect(decide({ branch: foreignBranch, ours: [ours("open")] })).toMatchObject({
    kind: "hold",
    hold: { code: "PERSON_COMMITS", cause: "c0ffee0123456789", comment: { key: "person-commits" } },
    pull: { number: 7 },
  });
});

test("a person's commit on the branch and the base in step: held, not closed (I8)", () => {
  expect(decide({ wanted: inStep, branch: foreignBranch, ours: [ours("open")] })).toMatchObject({ kind: "hold" });
});

test("a person's branch of our name without pull request: held while something is wanted, else left alone", () => {
  expect(decide({ branch: foreignBranch })).toMatchObject({ kind: "hold", pull: undefined });
  expect(decide({ branch: foreignBranch, wanted: inStep })).toEqual({ kind: "nothing" });
});

test("recreate takes the branch over", () => {
  const seen = { branch: foreignBranch, ours: [ours("open")], recreate: true };

  expect(decide(seen)).toMatchObject({ kind: "update", push: true, lease: "b9" });
  expect(decide({ ...seen, ours: [] })).toEqual({ kind: "open", push: true, lease: "b9" });
  expect(decide({ ...seen, wanted: inStep })).toMatchObject({ kind: "close", lease: "b9" });
});

test("a person retargeted the base: the same pull request is kept, and its base is not named", () => {
  const retargeted = ours("open", { base: "develop" });

  expect(decide({ branch, ours: [retargeted] })).toMatchObject({ kind: "keep", pull: { base: "develop" } });
});

test("a person closed it unmerged, content unchanged: nothing", () => {
  const decision = decide({ branch, ours: [ours("closed")] });

  expect(decision).toEqual({
    kind: "nothing",
    reason: "#7 was closed by a person: nothing until the content changes",
  });
});

test("a person closed it unmerged, content changed: a new one", () => {
  expect(decide({ ours: [ours("closed", { content: "old" })] })).toMatchObject({ kind: "open", lease: undefined });
});

test("a person closed it unmerged, and asks for it again with recreate: a new one", () => {
  expect(decide({ ours: [ours("closed")], recreate: true })).toMatchObject({ kind: "open" });
});

test("a person closed it unmerged, and the base came in step: its branch stays", () => {
  expect(decide({ wanted: inStep, branch, ours: [ours("closed")] })).toEqual({ kind: "nothing" });
});

test("we closed it at most 7 days ago and the change is back: branch restored, same number reopened", () => {
  const closed = ours("closed", { closedByUs: true, endedAt: "2025-02-26T12:00:00Z", content: "old" });

  expect(decide({ ours: [closed] })).toMatchObject({ kind: "reopen", pull: { number: 7 }, restore: true });
  expect(decide({ branch, ours: [closed] })).toMatchObject({ kind: "reopen", restore: false });
});

test("we closed it longer ago, or its branch is elsewhere: a new one", () => {
  const longAgo = ours("closed", { closedByUs: true, endedAt: "2025-02-26T11:59:59Z" });
  const recent = ours("closed", { closedByUs: true, endedAt: "2025-03-05T11:00:00Z" });

  expect(decide({ ours: [longAgo] })).toMatchObject({ kind: "open" });
  expect(decide({ branch: { ...branch, head: "b2" }, ours: [recent] })).toMatchObject({ kind: "open", lease: "b2" });
});

test("merged or squash-merged, branch left: the branch is deleted and no phantom opened", () => {
  expect(decide({ wanted: inStep, branch, ours: [ours("merged")] })).toEqual({ kind: "delete-branch", lease: "b1" });
});

test("merged with a person's commits on it, branch left: deleted too, the base has them", () => {
  const merged = ours("merged", { head: foreignBranch.head });

  expect(decide({ wanted: inStep, branch: foreignBranch, ours: [merged] })).toMatchObject({ kind: "delete-branch" });
  expect(decide({ branch: foreignBranch, ours: [merged] })).toEqual({ kind: "open", push: true, lease: "b9" });
});

test("merged, and a person pushed to the branch afterwards: it is left alone", () => {
  const merged = [ours("merged")];

  expect(decide({ wanted: inStep, branch: foreignBranch, ours: merged })).toEqual({ kind: "nothing" });
  expect(decide({ branch: foreignBranch, ours: merged })).toMatchObject({ kind: "hold" });
});

test("merged, and there is a new change: a new one", () => {
  expect(decide({ ours: [ours("merged", { content: "old" })] })).toMatchObject({ kind: "open" });
});

test("base force-pushed: rebuilt on the new base", () => {
  const rebuilt = decide({ branch: { ...branch, current: false }, ours: [ours("open")] });

  expect(rebuilt).toMatchObject({ kind: "update", push: true });
});

test("a person's pull request from a branch of our name: held, untouched and without a comment (I8)", () => {
  const stranger = pull("open", { number: 3 });

  expect(decide({ branch: foreignBranch, stranger })).toMatchObject({ kind: "hold", pull: undefined });
  expect(decide({ stranger })).toMatchObject({ kind: "hold", hold: { code: "BRANCH_TAKEN" }, pull: undefined });
  expect(decide({ wanted: inStep, branch: foreignBranch, stranger })).toEqual({ kind: "nothing" });
});

test("open although its branch is gone: the branch is pushed again", () => {
  expect(decide({ ours: [ours("open")] })).toMatchObject({ kind: "update", push: true, lease: undefined });
});
