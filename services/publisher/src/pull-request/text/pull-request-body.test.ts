import * as fc from "fast-check";
import { expect, test } from "vitest";
import { longestBody, pullRequestBody } from "./pull-request-body.ts";
import { names, sampleAnnouncement, sampleChange } from "../testing/sample-announcement.ts";

function bodyOf(sample: Parameters<typeof sampleAnnouncement>[0], budget = longestBody): string {
  return pullRequestBody(sampleAnnouncement(sample), budget).full;
}

test("source, trigger, counts, lists with their first 20 names, and the fields that changed", () => {
  const fields = [
    { field: "version", before: "1", after: "2" },
    { field: "nsfw", after: "true" },
  ];
  const change = sampleChange({ added: [...names(22)], removed: ["old"], modified: [{ name: "changed", fields }] });

  const body = bodyOf({ changes: [change] });

  expect(body).toContain("Brings `main` in step with PRIMARY: **22 added, 1 removed, 1 modified** models.");
  expect(body).toContain("Route `models`, target `text`.");
  expect(body).toContain("Trigger: a poll saw a change, 2025-03-05 12:34 UTC. Content `dddddddddddd`.");
  expect(body).toContain("### `text` in `db.json`: +22 −1 ~1");
  expect(body).toContain("- `model-20`\n- … and 2 more");
  expect(body).not.toContain("model-21");
  expect(body).toContain("**Removed**\n\n- `old`");
  expect(body).toContain("```diff\n@@ changed @@\n- version: 1\n+ version: 2\n+ nsfw: true\n```\n\n</details>");
});

test("edits of people are told under their own heading, with what becomes of them", () => {
  const changes = [sampleChange({ removed: ["mine"], targetOnly: ["mine"], overwritten: ["edited"] })];

  expect(bodyOf({ changes })).toMatch(/#### Edits made here\n\n.*\*\*They are removed\*\*.*\n\n- `mine`/);
  expect(bodyOf({ changes })).toMatch(/#### Edits made here that are lost\n\n.*\n\n- `edited`/);
  expect(bodyOf({ changes, targetEdits: "keep" })).toContain("They stay.");
});

test("faulty records and failed categories are told", () => {
  const faults = [{ record: "bad", field: "parameters", message: "must be <positive>" }];
  const failed = [
    { part: "image", code: "SOURCE_UNAVAILABLE", message: "503" },
    { part: "audio", code: "TARGET_UNREADABLE", message: "no catalog" },
  ];

  const body = bodyOf({ changes: [sampleChange({ added: ["x"], faults })], failed, kept: ["image"] });

  expect(body).toContain(String.raw`- ${"`bad`"}, ${"`parameters`"}: must be \<positive\>`);
  expect(body).toContain("- `image`: `SOURCE_UNAVAILABLE` 503 (what this pull request has of it stays)");
  expect(body).toContain("- `audio`: `TARGET_UNREADABLE` no catalog (its file is left as it is)");
});

test("another trigger with the same content changes nothing that counts", () => {
  const announcement = sampleAnnouncement({ changes: [sampleChange({ added: ["x"] })] });
  const later = { ...announcement, diff: { ...announcement.diff, detectedAt: "2025-04-01T00:00:00Z" } };

  expect(pullRequestBody(later, longestBody).stable).toBe(pullRequestBody(announcement, longestBody).stable);
  expect(pullRequestBody(later, longestBody).full).not.toBe(pullRequestBody(announcement, longestBody).full);
});

test("a long body is cut at a record's end, and says how much is missing", () => {
  const fields = [{ field: "description", before: "b".repeat(300), after: "a".repeat(300) }];
  const modified = names(1000).map((name) => ({ name, fields }));

  const body = bodyOf({ changes: [sampleChange({ modified })] });

  expect(body.length).toBeLessThan(longestBody);
  expect(body.length).toBeGreaterThan(longestBody - 2000);
  expect(body).toMatch(/\n\+ description: a{300}\n# … and \d+ more records\n```\n\n<\/details>\n\n<sub>.*<\/sub>$/);
});

test("a body with very many categories is cut between categories", () => {
  const changes = names(500, "category").map((category) =>
    sampleChange({ category, added: names(20, "n".repeat(190)) as string[] }),
  );

  const body = bodyOf({ changes });

  expect(body.length).toBeLessThan(longestBody);
  expect(body).toMatch(/\n\n… and \d+ more categories\n\n<sub>/);
});

test("a budget that a person's own text has used up leaves no room, and breaks nothing", () => {
  expect(bodyOf({ changes: [sampleChange({ added: ["x"] })] }, 0).length).toBeLessThan(1000);
});

test("whatever records are called, each stays on its line and inside of its code span", () => {
  const name = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.constantFrom("`", "``` x", "<!-- /lockstep -->", "\n<!-- /lockstep -->", "</details>", "@team", "- [ ] #1"),
  );
  fc.assert(
    fc.property(fc.array(name, { maxLength: 5 }), (added) => {
      const lines = bodyOf({ changes: [sampleChange({ added, targetOnly: added })] }).split("\n");
      const listed = lines.filter((line) => line.startsWith("- "));
      expect(listed).toHaveLength(added.length * 2);
      for (const line of listed) expect(line).toMatch(/^- (?:(`+)(?!`).*(?<!`)\1|\(empty\))$/u);
      expect(lines.filter((line) => line.startsWith("<!--"))).toEqual([]);
    }),
  );
});

test("no field value ends the block of fields", () => {
  const value = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("```", "\n```\n</details>", "# x"));
  fc.assert(
    fc.property(value, value, (before, after) => {
      const modified = [{ name: before, fields: [{ field: after, before, after }] }];
      const body = bodyOf({ changes: [sampleChange({ modified })] });
      const inside = /\n```diff\n(.*)\n```\n\n<\/details>/s.exec(body)?.[1]?.split("\n") ?? [];
      expect(inside).toHaveLength(3);
      for (const line of inside) expect(line).toMatch(/^(@@|[-+]) /);
    }),
  );
});
