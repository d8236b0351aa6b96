import { expect, test } from "vitest";
import { decideDeletions } from "./decide-deletions.ts";

const usual = { wanted: 90, present: 100, limit: { percent: 20 }, allowed: false };

test.each([
  { what: "none", deletions: 0, kind: "delete" },
  { what: "as many as the share", deletions: 20, kind: "delete" },
  { what: "one more", deletions: 21, kind: "hold" },
])("I7: $what of the deletions: $kind", ({ deletions, kind }) => {
  expect(decideDeletions({ ...usual, deletions })).toMatchObject({ kind });
});

test("five are always let through, and a person's word lets any number", () => {
  expect(decideDeletions({ ...usual, deletions: 5, wanted: 1, present: 6 })).toEqual({ kind: "delete" });
  expect(decideDeletions({ ...usual, deletions: 99, allowed: true })).toEqual({ kind: "delete" });
  expect(decideDeletions({ ...usual, deletions: 6, limit: { count: 3 } })).toMatchObject({
    code: "MIRROR_MANY_DELETIONS",
  });
});

test("I7: an empty source deletes nothing, whatever a person allows", () => {
  const decision = decideDeletions({ ...usual, deletions: 1, wanted: 0, present: 1, allowed: true });

  expect(decision).toMatchObject({ kind: "hold", code: "MIRROR_SOURCE_EMPTY" });
});
