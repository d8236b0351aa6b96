import { array, assert, constantFrom, property } from "fast-check";
import { expect, test } from "vitest";
import { alignItems } from "./align-items.ts";
import type { JsonValue } from "../json/json-value.ts";

const items = (letters: string): JsonValue[] => Array.from(letters, (value) => ({ kind: "string", value }));

function align(present: string, wanted: string) {
  return alignItems(items(present), items(wanted));
}

test.each([
  ["abc", "abc", [0, 1, 2]],
  ["abc", "xabc", [undefined, 0, 1, 2]],
  ["abc", "ac", [0, 2]],
  ["abc", "axc", [0, 1, 2]],
  ["abcd", "axd", [0, 1, 3]],
  ["", "ab", [undefined, undefined]],
  ["ab", "", []],
  // Two ends that are equal must not use the same item twice.
  ["a", "aa", [0, undefined]],
  ["xaybzc", "abcq", [1, 3, 5, undefined]],
])("%s becomes %s", (present, wanted, partners) => {
  expect(align(present, wanted)).toEqual(partners);
});

/** Length of the longest common subsequence, by its definition. */
function longest(left: string, right: string): number {
  if (left === "" || right === "") return 0;
  if (left[0] === right[0]) return 1 + longest(left.slice(1), right.slice(1));
  return Math.max(longest(left.slice(1), right), longest(left, right.slice(1)));
}

test("as many equal items as possible are partners, and indexes only rise", () => {
  const letters = array(constantFrom("a", "b", "c"), { maxLength: 7 }).map((list) => list.join(""));
  assert(
    property(letters, letters, (present, wanted) => {
      const partners = align(present, wanted);
      const used = partners.filter((index) => index !== undefined);
      expect(used).toEqual([...new Set(used)].sort((left, right) => left - right));
      const equal = partners.filter((index, place) => index !== undefined && present[index] === wanted[place]);
      expect(equal.length).toBeGreaterThanOrEqual(longest(present, wanted));
    }),
  );
});

test("very long lists are aligned at their ends", () => {
  const numbers = Array.from({ length: 1000 }, (_, index): JsonValue => ({ kind: "number", text: String(index) }));
  const made: JsonValue = { kind: "literal", text: "null" };
  const partners = alignItems(numbers, [made, ...numbers.slice(0, 500), ...numbers.slice(501), made]);
  expect(partners).toHaveLength(1001);
  expect(alignItems(numbers, [...numbers.slice(0, 10), made, ...numbers.slice(10)]).slice(9, 13)).toEqual([
    9,
    undefined,
    10,
    11,
  ]);
});
