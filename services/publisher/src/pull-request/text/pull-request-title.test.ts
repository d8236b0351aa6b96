import { expect, test } from "vitest";
import { pullRequestTitle } from "./pull-request-title.ts";
import { sampleAnnouncement, sampleChange } from "../testing/sample-announcement.ts";

const changes = [
  sampleChange({ added: ["a", "b"], removed: ["c"] }),
  sampleChange({ category: "image", modified: [{ name: "d", fields: [] }] }),
];

test("the route and the sum of all categories", () => {
  expect(pullRequestTitle(sampleAnnouncement({ changes }))).toBe("Sync models: +2 −1 ~1");
});

test("a pull request of one category names it", () => {
  const [text] = changes;
  expect(pullRequestTitle(sampleAnnouncement({ changes: text ? [text] : [], category: "text" }))).toBe(
    "Sync models (text): +2 −1 ~0",
  );
});

test("a template of the target's own, with what it mistyped left to be seen", () => {
  const title = "{route}: {added}/{removed}/{modified} {categories} of {source} {nothing} {constructor}";

  expect(pullRequestTitle(sampleAnnouncement({ changes, pullRequest: { title } }))).toBe(
    "models: 2/1/1 text, image of PRIMARY {nothing} {constructor}",
  );
});

test("a title closes no issue, and is neither too long nor empty", () => {
  const titled = (title: string) => pullRequestTitle(sampleAnnouncement({ changes, pullRequest: { title } }));

  expect(titled("fixes #1")).toBe("fixes #\u200b1");
  expect(Array.from(titled("👍".repeat(300)))).toHaveLength(240);
  expect(titled("  ")).toBe("Sync models");
});
