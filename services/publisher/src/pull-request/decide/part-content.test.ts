import { expect, test } from "vitest";
import { blobId } from "./blob-id.ts";
import { findStalePath } from "./find-stale-path.ts";
import { partContent } from "./part-content.ts";
import { planParts, type Part } from "./plan-parts.ts";
import { newBranchRecord, type BranchRecord } from "../report/record.ts";
import { sampleChange } from "../testing/sample-announcement.ts";

const tip = "0".repeat(40);
const bytes = new Map(["a", "b"].map((name) => [name.repeat(64), Buffer.from(name)]));
const [blobA = "", blobB = ""] = ["a", "b"].map((name) => blobId(Buffer.from(name), tip));
const base = "1".repeat(40);
const target = {
  batch: true,
  files: ["text", "image"].map((category) => ({ category, path: `${category}.json`, strict: false })),
};
const change = sampleChange({ path: "text.json", baseBlob: base });
const failed = [{ part: "image", code: "SOURCE_UNAVAILABLE", message: "" }];

function partOf(changes: readonly Part["changes"][number][], failures: Part["failed"] = []): Part {
  const content = { version: 1 as const, sourceName: "PRIMARY", categories: [...changes] };
  const [part] = planParts({ failed: [...failures] }, target, content);
  if (part === undefined) throw new Error("a batch has one part");
  return part;
}

function recorded(more: Partial<BranchRecord> = {}): BranchRecord {
  const files = { "image.json": { base, wanted: blobB, content: "b".repeat(64) } };
  return { ...newBranchRecord, state: "open", number: 1, files, ...more };
}

test("unbatched, every category is a part, with the failures that concern it", () => {
  const diff = { failed: [...failed, { part: "source", code: "X", message: "" }] };

  const parts = planParts(diff, { ...target, batch: false }, undefined);

  expect(parts.map(({ category, failed }) => [category, failed.map(({ part }) => part)])).toEqual([
    ["text", ["source"]],
    ["image", ["image", "source"]],
  ]);
});

test("a change is a file with what it stands on and what it becomes", () => {
  const entries = new Map([["text.json", base]]);

  const content = partContent(partOf([change]), { tip, entries, bytes, recorded: undefined });

  expect(content).toMatchObject({ files: { "text.json": { base, wanted: blobA, content: "a".repeat(64) } }, kept: [] });
});

test("a change that the base has already is none", () => {
  const entries = new Map([["text.json", blobA]]);

  const content = partContent(partOf([change]), { tip, entries, bytes, recorded: undefined });

  expect(content.files).toEqual({});
});

test("a failed category keeps what the open pull request has of it, and the content is the same", () => {
  const entries = new Map([
    ["text.json", base],
    ["image.json", base],
  ]);
  const both = [
    change,
    sampleChange({ category: "image", path: "image.json", wanted: "b".repeat(64), baseBlob: base }),
  ];
  const sight = { tip, entries, bytes, recorded: recorded() };

  const whole = partContent(partOf(both), sight);
  const kept = partContent(partOf([change], failed), sight);

  expect(kept.kept).toEqual(["image"]);
  expect(kept.hash).toBe(whole.hash);
});

test.each<[string, Partial<BranchRecord>, string]>([
  ["is closed", { state: "closed" }, base],
  ["stands on another file", {}, "2".repeat(40)],
])("a failed category keeps nothing where the pull request %s", (_, more, entry) => {
  const entries = new Map([["image.json", entry]]);

  const content = partContent(partOf([], failed), { tip, entries, bytes, recorded: recorded(more) });

  expect(content).toMatchObject({ files: {}, kept: [] });
});

function stale(entries: ReadonlyMap<string, string>, against: Record<string, string | null>, part: Part) {
  const content = partContent(part, { tip, entries, bytes, recorded: undefined });
  return findStalePath({ computedAgainst: { branch: "main", tip, files: against } }, entries, [{ part, content }]);
}

test("a base whose file is another one makes the diff stale", () => {
  const edited = new Map([["text.json", "2".repeat(40)]]);

  expect(stale(edited, { "text.json": base }, partOf([change]))).toBe("text.json");
  expect(stale(edited, { "text.json": base }, partOf([]))).toBe("text.json");
  expect(stale(new Map(), { "text.json": base }, partOf([change]))).toBe("text.json");
  expect(stale(edited, {}, partOf([change]))).toBe("text.json");
});

test("a base that is as it was, or has the change already, or is another category's failure, does not", () => {
  expect(stale(new Map([["text.json", base]]), { "text.json": base }, partOf([change]))).toBeUndefined();
  expect(stale(new Map([["text.json", blobA]]), { "text.json": base }, partOf([change]))).toBeUndefined();
  expect(stale(new Map(), { "text.json": null }, partOf([]))).toBeUndefined();
  const moved = new Map([["image.json", "2".repeat(40)]]);
  expect(stale(moved, { "image.json": base }, partOf([], failed))).toBeUndefined();
});
