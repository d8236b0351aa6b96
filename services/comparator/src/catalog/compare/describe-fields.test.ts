import { expect, test } from "vitest";
import { describeFields, shownFields, shownLength } from "./describe-fields.ts";
import type { JsonValue } from "../json/json-value.ts";
import { parseText } from "../json/parse-json.ts";

function parse(value: unknown): JsonValue {
  const parsed = parseText(typeof value === "string" ? value : JSON.stringify(value));
  if (parsed === undefined) throw new Error("no JSON");
  return parsed;
}

function describe(before: unknown, after: unknown) {
  return describeFields(parse(before), parse(after));
}

test("names fields by path, with both texts; what is missing on a side has none there", () => {
  expect(describe({ a: 1, settings: { top_k: 1 }, gone: "x" }, { a: 1, settings: { top_k: 2 }, made: null })).toEqual([
    { field: "settings.top_k", before: "1", after: "2" },
    { field: "gone", before: '"x"' },
    { field: "made", after: "null" },
  ]);
});

test("a number's text is shown as it was written, and equal ones are not shown", () => {
  expect(describe('{"a":1.0,"b":1e3}', '{"a":1,"b":1.5e3}')).toEqual([{ field: "b", before: "1e3", after: "1.5e3" }]);
});

test("plain lists are shown whole, equally long lists of objects item by item", () => {
  expect(describe({ tags: ["a", "b"] }, { tags: ["a", "c"] })).toEqual([
    { field: "tags", before: '["a", "b"]', after: '["a", "c"]' },
  ]);
  expect(describe({ f: [{ path: "a" }, { path: "b" }] }, { f: [{ path: "a" }, { path: "c" }] })).toEqual([
    { field: "f[1].path", before: '"b"', after: '"c"' },
  ]);
  expect(describe({ f: [{}] }, { f: [] })).toEqual([{ field: "f", before: "[{}]", after: "[]" }]);
});

test("an odd name is quoted", () => {
  expect(describe({ "a.b": { c: 1 } }, { "a.b": { c: 2 } })).toEqual([{ field: '["a.b"].c', before: "1", after: "2" }]);
});

test("a record that is no object is shown whole", () => {
  expect(describe(5, { a: 1 })).toEqual([{ field: "(record)", before: "5", after: '{"a": 1}' }]);
});

test("long values are cut without splitting a character", () => {
  for (const text of ["x".repeat(500), "😀".repeat(500), `x${"😀".repeat(500)}`]) {
    const [change] = describe({ a: "" }, { a: text });
    expect(change?.after?.length).toBeLessThanOrEqual(shownLength);
    expect(change?.after?.isWellFormed()).toBe(true);
    expect(change?.after?.endsWith("…")).toBe(true);
  }
});

test("many fields are cut, and the last entry says how many more there are", () => {
  const many = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`f${index}`, index]));
  const changes = describe({}, many);
  expect(changes).toHaveLength(shownFields + 1);
  expect(changes.at(-1)).toEqual({ field: "… and 30 more" });
});
