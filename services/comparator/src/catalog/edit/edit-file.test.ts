import { expect, test } from "vitest";
import { compareCategory } from "../compare-category.ts";

function edit(target: string | null, source: unknown, order: "target" | "source" = "target"): string | null {
  const text = typeof source === "string" ? source : JSON.stringify(source);
  const { wanted } = compareCategory({ source: text, target, options: { order, targetEdits: "report" } });
  return wanted.kind === "write" ? wanted.bytes.toString() : target;
}

/** Lines only one of the texts has, as `diff` counts them for an edit in place. */
function changedLines(before: string, after: string | null): string[] {
  const lines = before.split("\n");
  return (after ?? "").split("\n").filter((line, index) => line !== lines[index]);
}

const tabs = `{
\t"one": {
\t\t"description": "4x Upscaler",
\t\t"scale": 3.0,
\t\t"big": 1e9,
\t\t"config": {
\t\t\t"files": [
\t\t\t\t{
\t\t\t\t\t"path": "one.pth",
\t\t\t\t\t"accents": "caf\\u00E9"
\t\t\t\t}
\t\t\t]
\t\t}
\t},
\t"two": { "inline": true, "list": [1, 2] }
}`;
const one = {
  description: "4x Upscaler",
  scale: 3,
  big: 1e9,
  config: { files: [{ path: "one.pth", accents: "café" }] },
};
const two = { inline: true, list: [1, 2] };

test.each([
  ["tabs", tabs],
  ["tabs and CRLF", tabs.replaceAll("\n", "\r\n")],
])("a one-word change in a file with %s is a one-line diff, at any depth", (_, target) => {
  const renamed = { ...one, config: { files: [{ path: "two.pth", accents: "café" }] } };
  const edited = edit(target, { one: renamed, two });
  expect(edited).toBe(target.replace("one.pth", "two.pth"));
  expect(changedLines(target, edited)).toHaveLength(1);
});

test("untouched fields of a changed record keep number text and escapes", () => {
  const edited = edit(tabs, { one: { ...one, description: "8x Upscaler" }, two });
  expect(edited).toBe(tabs.replace("4x", "8x"));
});

test("order, space, escapes and ways to write a number are no change", () => {
  const target = '{"a": {"x": 1.0, "y": "\\u00e9"}, "b": {}}';
  expect(edit(target, '{"b":{},"a":{"y":"é","x":1}}', "source")).toBe(target);
});

test("a new field goes where the source has it, a removed one goes with its comma", () => {
  const target = '{\n  "a": {\n    "x": 1,\n    "z": 3\n  }\n}\n';
  expect(edit(target, { a: { x: 1, y: 2, z: 3 } })).toBe(target.replace("1,\n", '1,\n    "y": 2,\n'));
  expect(edit(target, { a: { x: 1 } })).toBe('{\n  "a": {\n    "x": 1\n  }\n}\n');
  expect(edit(target, { a: { z: 3 } })).toBe('{\n  "a": {\n    "z": 3\n  }\n}\n');
  expect(edit(target, { a: {} })).toBe('{\n  "a": {}\n}\n');
});

test("new records go behind their predecessor in the source, or to the head; removed ones go with their comma", () => {
  const target = '{\n  "a": {},\n  "c": {},\n  "d": {}\n}\n';
  const edited = edit(target, { first: {}, a: {}, b: {}, bb: {}, c: {} });
  expect(edited).toBe('{\n  "first": {},\n  "a": {},\n  "b": {},\n  "bb": {},\n  "c": {}\n}\n');
});

test("order: target leaves records and fields where they are", () => {
  const target = '{\n  "b": {"y": 1, "x": 2},\n  "a": {}\n}';
  const source = '{"a":{},"new":{},"b":{"x":2,"y":9}}';
  expect(edit(target, source)).toBe('{\n  "b": {"y": 9, "x": 2},\n  "a": {},\n  "new": {}\n}');
});

test("order: source moves records, and the fields of changed records, keeping the text of what is equal", () => {
  const target = '{\n  "b": {"y": 1, "x": 2.0},\n  "a": {"n": 1e2, "m": 1}\n}';
  const source = '{"a":{"m":1,"n":100},"new":{},"b":{"x":2,"y":9}}';
  expect(edit(target, source, "source")).toBe(
    '{\n  "a": {"n": 1e2, "m": 1},\n  "new": {},\n  "b": {"x": 2.0, "y": 9}\n}',
  );
});

test("integer-like names keep the source's order", () => {
  expect(edit(null, '{"b":{},"10":{},"2":{}}')).toBe('{\n    "b": {},\n    "10": {},\n    "2": {}\n}\n');
});

test("`__proto__` is a name like any other, of a record and of a field", () => {
  const source = '{"__proto__":{"__proto__":{"x":1}},"a":{}}';
  expect(edit('{"a": {}}', source)).toBe('{"__proto__": {"__proto__": {"x": 1}}, "a": {}}');
});

test("a blank line before a record stays before it", () => {
  const target = '{\n  "a": {},\n\n  "b": {},\n\n  "c": {}\n}\n';
  expect(edit(target, { a: {}, c: {}, d: {} })).toBe('{\n  "a": {},\n\n  "c": {},\n\n  "d": {}\n}\n');
});

test("what stands between records that are changed is left alone", () => {
  const target = '{\n  "a": {"v": 1},\n\n  "b": {"v": 1} ,\n  "c": {"v": 1},   "d": {"v": 1}\n}\n';
  const source = { a: { v: 2 }, b: { v: 2 }, c: { v: 2 }, d: { v: 2 } };
  expect(edit(target, source)).toBe(target.replaceAll("1", "2"));
});

test("a file with both escapes and UTF-8 is written as most of it is", () => {
  const target = '{"a": {"x": "\\u00e9\\u00e9", "y": "é"}}';
  expect(edit(target, { a: { x: "éé", y: "é", z: "ü" } })).toBe(target.replace('"é"', '"é", "z": "\\u00fc"'));
  const raw = '{"a": {"x": "éé", "y": "\\u00e9"}}';
  expect(edit(raw, { a: { x: "éé", y: "é", z: "ü" } })).toBe(raw.replace('"\\u00e9"', '"\\u00e9", "z": "ü"'));
});

test("an item of a list is changed, added or removed without touching the others", () => {
  const target = '{\n  "a": {\n    "l": [1.0, 2.0, {"x": 1e1, "y": 2}, 4.0]\n  }\n}';
  expect(edit(target, { a: { l: [0, 1, 2, { x: 10, y: 3 }, 4] } })).toBe(
    target.replace("[1.0", "[0, 1.0").replace('"y": 2', '"y": 3'),
  );
  expect(edit(target, { a: { l: [1, { x: 10, y: 2 }] } })).toBe(
    '{\n  "a": {\n    "l": [1.0, {"x": 1e1, "y": 2}]\n  }\n}',
  );
});

test("what is new is written as the file is: compact, indented, CRLF, escapes in its case", () => {
  expect(edit('{"a":{"x":1}}', { a: { x: 1 }, b: { y: [1, "é"], z: {} } })).toBe(
    '{"a":{"x":1},"b":{"y":[1,"\\u00e9"],"z":{}}}',
  );
  expect(edit('{"a": {"x": "ü"}}', { a: { x: "ü" }, b: { y: [1, "é"] } })).toBe(
    '{"a": {"x": "ü"}, "b": {"y": [1, "é"]}}',
  );
  expect(edit('{\r\n\t"a": {\r\n\t\t"x": "\\u00FC"\r\n\t}\r\n}', { a: { x: "ü" }, b: { y: "é\u0000" } })).toBe(
    '{\r\n\t"a": {\r\n\t\t"x": "\\u00FC"\r\n\t},\r\n\t"b": {\r\n\t\t"y": "\\u00E9\\u0000"\r\n\t}\r\n}',
  );
});

test("a file with one record on each line gets new records on one line", () => {
  const target = '{\n  "a": { "x": 1, "l": [1, 2] },\n  "b": { "x": 2 }\n}\n';
  expect(edit(target, { a: { x: 1, l: [1, 2] }, b: { x: 2 }, c: { x: 3, l: [3] } })).toBe(
    '{\n  "a": { "x": 1, "l": [1, 2] },\n  "b": { "x": 2 },\n  "c": { "x": 3, "l": [3] }\n}\n',
  );
});

test("a file with lists on one line gets new lists on one line", () => {
  const target = '{\n  "a": {\n    "tags": ["x", "y"]\n  }\n}\n';
  expect(edit(target, { a: { tags: ["x", "y"] }, b: { tags: ["z", "w"] } })).toBe(
    '{\n  "a": {\n    "tags": ["x", "y"]\n  },\n  "b": {\n    "tags": ["z", "w"]\n  }\n}\n',
  );
});

test("an empty object is filled in the style of a new file, with its own line end and end", () => {
  expect(edit("{}", { a: { x: 1 } })).toBe('{\n    "a": {\n        "x": 1\n    }\n}');
  expect(edit("\ufeff{ }\r\n", { a: {} })).toBe('\ufeff{\r\n    "a": {}\r\n}\r\n');
});

test.each([null, "", " \n"])("a missing or empty file is written anew (%j)", (target) => {
  expect(edit(target, { a: { x: [1] } })).toBe('{\n    "a": {\n        "x": [\n            1\n        ]\n    }\n}\n');
});

test("a missing file is not written for a source without records", () => {
  expect(edit(null, {})).toBeNull();
});

test("a file loses its last record", () => {
  expect(edit('{\n  "a": {}\n}\n', {})).toBe("{}\n");
});

test("where a name is repeated the record that counts is edited, and a removed name goes everywhere", () => {
  const target = '{"a": {"v": 1}, "b": {}, "a": {"v": 2}}';
  expect(edit(target, { a: { v: 2 }, b: {} })).toBe(target);
  expect(edit(target, { a: { v: 3 }, b: {} })).toBe('{"a": {"v": 1}, "b": {}, "a": {"v": 3}}');
  expect(edit(target, { a: { v: 3 }, b: {} }, "source")).toBe('{"a": {"v": 3}, "b": {}}');
  expect(edit(target, { b: {} })).toBe('{"b": {}}');
});

test("a lone surrogate stays an escape, since UTF-8 cannot hold it", () => {
  expect(edit('{"a": {"x": "é"}}', '{"a":{"x":"\\ud800 é"}}')).toBe('{"a": {"x": "\\ud800 é"}}');
});
