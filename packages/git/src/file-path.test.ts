import { PermanentError } from "@lockstep/shared/errors";
import { expect, test } from "vitest";
import { branchRef } from "./branch-ref.ts";
import { filePath } from "./file-path.ts";

test.each(["db.json", "a/b/c.json", "a b/ü.json", ".github/x.yml", "-rf", '"quoted"', "...x", ":(top)a"])(
  "%j is a file's path",
  (path) => expect(filePath(path)).toBe(path),
);

test.each([
  "",
  "/etc/passwd",
  "../x",
  "a/../b",
  "a/./b",
  "a//b",
  "a/",
  ".git/config",
  "a/.GIT/x",
  ".git. /x",
  "GIT~1/x",
  "a\\b",
  "a\nb",
  ".g\u200cit/x",
])("%j is refused as a file's path", (path) => expect(() => filePath(path)).toThrow(PermanentError));

test.each(["main", "sync/text-models", "sync/a/20250601-120000", "feature#1"])("%j is a branch's name", (name) => {
  expect(branchRef(name)).toBe(`refs/heads/${name}`);
});

test.each([
  "",
  "-x",
  "a b",
  "a..b",
  "a:b",
  "a*",
  "/a",
  "a/",
  "a//b",
  ".a",
  "a/.b",
  "a.lock",
  "a.lock/b",
  "a.",
  "a@{1}",
  "a\\b",
  "a\tb",
])("%j is refused as a branch's name", (name) => expect(() => branchRef(name)).toThrow(PermanentError));
