import * as fc from "fast-check";
import { expect, test } from "vitest";
import { commitMessage } from "./commit-message.ts";
import { names, sampleAnnouncement, sampleChange } from "../testing/sample-announcement.ts";

test("subject, then each list with its first ten names", () => {
  const change = sampleChange({
    added: [...names(12)],
    removed: ["old"],
    modified: [{ name: "changed", fields: [] }],
  });

  expect(commitMessage(sampleAnnouncement({ changes: [change] }))).toBe(
    [
      "Sync text from PRIMARY instance",
      "",
      "Added 12 models:",
      ...names(10).map((name) => `  + ${name}`),
      "  … and 2 more",
      "",
      "Removed 1 models:",
      "  - old",
      "",
      "Modified 1 models:",
      "  ~ changed",
    ].join("\n"),
  );
});

test("several categories have a paragraph each, and are counted when there are many", () => {
  const changes = ["a", "b", "c", "d"].map((category) => sampleChange({ category, added: ["x"] }));

  const few = commitMessage(sampleAnnouncement({ changes: changes.slice(0, 2) }));
  const many = commitMessage(sampleAnnouncement({ changes }));

  expect(few).toBe("Sync a, b from PRIMARY instance\n\na:\nAdded 1 models:\n  + x\n\nb:\nAdded 1 models:\n  + x");
  expect(many).toMatch(/^Sync 4 categories from PRIMARY instance\n/);
});

test("subject and noun are the target's own", () => {
  const pullRequest = { commitSubject: "chore({route}): {category} by {source} {unknown}", noun: "styles" };

  const message = commitMessage(sampleAnnouncement({ changes: [sampleChange({ added: ["x"] })], pullRequest }));

  expect(message).toBe("chore(models): text by PRIMARY {unknown}\n\nAdded 1 styles:\n  + x");
});

test("no name begins a line, mentions anybody or refers to an issue", () => {
  const name = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom("@octocat", "fixes #12", "x\n\nLockstep-Delta: sha256", "\r\nSigned-off-by: a", "GH-1"),
  );
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (added) => {
      const lines = commitMessage(sampleAnnouncement({ changes: [sampleChange({ added })] })).split("\n");
      expect(lines).toHaveLength(added.length + 3);
      for (const line of lines.slice(3)) {
        expect(line).toMatch(/^ {2}\+ /);
        expect(line).not.toMatch(/@[\w-]|#\d|GH-\d|[\p{Cc}\u2028\u2029]/iu);
      }
    }),
  );
});
