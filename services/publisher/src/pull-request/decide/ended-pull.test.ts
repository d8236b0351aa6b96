import { expect, test } from "vitest";
import type { OurPull } from "./classify-pulls.ts";
import { endedPull } from "./ended-pull.ts";
import type { PullRequest } from "../pull-requests.ts";
import { newBranchRecord, type BranchRecord } from "../report/record.ts";

const now = Date.parse("2025-03-10T00:00:00Z");

function ours(number: number, state: PullRequest["state"], endedAt?: string): OurPull {
  const rest = { url: "http://forge.example/1", title: "", body: "", branch: "b", head: "h", base: "main" };
  const pull = { number, state, createdAt: "2025-01-01T00:00:00Z", ...rest, ...(endedAt !== undefined && { endedAt }) };
  return { pull, content: undefined, text: undefined, closedByUs: false };
}

function ended(recorded: Partial<BranchRecord> | undefined, pulls: readonly OurPull[]) {
  const record = recorded && { ...newBranchRecord, ...recorded };
  const looked = { name: "b", branch: undefined, stranger: undefined, recorded: record, ours: pulls };
  return endedPull(looked, now)?.pull.number;
}

test("one that was reported open and is not has ended", () => {
  expect(ended({ number: 1, state: "open" }, [ours(2, "open"), ours(1, "merged")])).toBe(1);
  expect(ended({ number: 1, state: "open" }, [ours(1, "closed")])).toBe(1);
});

test("one that is open, or whose end was reported, has not", () => {
  expect(ended({ number: 1, state: "open" }, [ours(1, "open")])).toBeUndefined();
  expect(ended({ number: 1, state: "merged" }, [ours(1, "merged")])).toBeUndefined();
});

test("without a record a merge of the last week is told, and an old one or a closing is not", () => {
  expect(ended(undefined, [ours(1, "merged", "2025-03-09T00:00:00Z")])).toBe(1);
  expect(ended(undefined, [ours(1, "merged", "2025-03-01T00:00:00Z")])).toBeUndefined();
  expect(ended(undefined, [ours(1, "closed", "2025-03-09T00:00:00Z")])).toBeUndefined();
});
