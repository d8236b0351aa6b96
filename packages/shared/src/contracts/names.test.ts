import { expect, test } from "vitest";
import { DiffId, Instant, ObjectId, RouteName, Sequence } from "./names.ts";

test("a name is 1 to 64 characters that neither a subject nor a key gives a meaning", () => {
  expect(RouteName.safeParse("a".repeat(64)).success).toBe(true);
  for (const name of ["", "a".repeat(65), "a.b", "a*", ">", "a_b", "A", "a\n"])
    expect(RouteName.safeParse(name).success).toBe(false);
});

test("an object id is a whole one, of SHA-1 or SHA-256", () => {
  for (const length of [40, 64]) expect(ObjectId.safeParse("a".repeat(length)).success).toBe(true);
  for (const id of ["a".repeat(39), "A".repeat(40), `${"a".repeat(40)}\n`, "g".repeat(40)])
    expect(ObjectId.safeParse(id).success).toBe(false);
});

test("a diff id is a SHA-256", () => {
  expect(DiffId.safeParse("0".repeat(64)).success).toBe(true);
  expect(DiffId.safeParse("0".repeat(40)).success).toBe(false);
});

test("a sequence is a whole number from 0, an instant is in UTC", () => {
  expect(Sequence.safeParse(0).success).toBe(true);
  expect(Sequence.safeParse(-1).success).toBe(false);
  expect(Sequence.safeParse(1.5).success).toBe(false);
  expect(Instant.safeParse("2026-01-01T00:00:00Z").success).toBe(true);
  expect(Instant.safeParse("2026-01-01T00:00:00+01:00").success).toBe(false);
});
