import { expect, test } from "vitest";
import { hashDelta } from "./delta-trailer.ts";
import { blobId, planCommit } from "./plan-commit.ts";
import type { CommitPlan, FileChange, TreeEntry } from "./repository.ts";

const base = "b".repeat(40);
const author = { name: "lockstep", email: "bot@x", date: new Date("2025-06-01T12:00:00.900Z") };
const planOf = (...files: FileChange[]): CommitPlan => ({ base, files, message: "Sync", author });
const bytes = (text: string) => Buffer.from(text);
const has = (path: string, mode: string, content = "") =>
  new Map<string, TreeEntry>([[path, { mode, oid: blobId(bytes(content), 40) }]]);

function streamOf(plan: CommitPlan, entries: ReadonlyMap<string, TreeEntry> = new Map()): string {
  const script = planCommit(plan, entries);
  return script.kind === "write" ? script.stream.toString() : script.kind;
}

test("a blob's id is git's", () => {
  expect(blobId(bytes("hello\n"), 40)).toBe("ce013625030ba8dba906f756967f9e9ca394464a");
});

test("a commit is its files, its message with the delta, and its cause's time in whole seconds", () => {
  const delta = hashDelta([{ path: "a b", mode: "100644", oid: blobId(bytes("x"), 40) }]);
  const message = `Sync\n\nLockstep-Delta: ${delta}\n`;
  expect(streamOf(planOf({ path: "a b", content: bytes("x") }))).toBe(
    "commit refs/lockstep/wanted\nmark :1\nauthor lockstep <bot@x> 1748779200 +0000\n" +
      `committer lockstep <bot@x> 1748779200 +0000\ndata ${message.length}\n${message}\nfrom ${base}\n` +
      'M 100644 inline "a b"\ndata 1\nx\nget-mark :1\nls :1 ""\ndone\n',
  );
});

test("a name cannot break out of its line", () => {
  const stream = streamOf({ ...planOf({ path: "a", content: bytes("x") }), author: { ...author, name: "x> 1\nmark" } });
  expect(stream).toContain("author x 1mark <bot@x> ");
});

test("a file keeps its mode unless another is asked for", () => {
  expect(streamOf(planOf({ path: "run", content: bytes("new") }), has("run", "100755"))).toContain("M 100755 ");
  expect(streamOf(planOf({ path: "run", content: bytes(""), mode: "100644" }), has("run", "100755"))).toContain(
    "M 100644 ",
  );
});

test("what the base has already is no change", () => {
  expect(streamOf(planOf({ path: "a", content: bytes("x") }), has("a", "100644", "x"))).toBe("unchanged");
  expect(streamOf(planOf({ path: "gone", content: undefined }))).toBe("unchanged");
});

test("a deleted file is told as one", () => {
  expect(streamOf(planOf({ path: "a", content: undefined }), has("a", "100644"))).toContain('\nD "a"\n');
});

test.each([
  ["a", "120000", "a symbolic link"],
  ["a", "040000", "a folder"],
  ["a", "160000", "a submodule"],
  ["a/b", "100644", "a file"],
  ["a/b/c", "120000", "a symbolic link"],
])("%s is not written where %s stands in its way", (path, mode, what) => {
  expect(() => planCommit(planOf({ path, content: bytes("x") }), has("a", mode))).toThrow(what);
});

test("files that claim each other's paths are refused", () => {
  const file = (path: string) => ({ path, content: bytes("x") });
  expect(() => planCommit(planOf(file("a"), file("a")), new Map())).toThrow("same path");
  expect(() => planCommit(planOf(file("a"), file("a/b")), new Map())).toThrow("a/b");
});
