import { assert, constantFrom, jsonValue, property, record, nat, string } from "fast-check";
import { expect, test } from "vitest";
import { locate } from "./json-fault.ts";
import { maxDepth, JsonScanner } from "./scan-json.ts";

function scan(text: string) {
  const bytes = Buffer.from(text);
  const scanner = new JsonScanner(bytes);
  const end = scanner.value(scanner.space(0));
  if (end >= 0) scanner.finish(end);
  return { fault: scanner.fault, bytes, scanner };
}

function accepts(text: string): boolean {
  return scan(text).fault === undefined;
}

function nodeAccepts(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test("accepts and refuses the texts that JSON.parse does", () => {
  const damage = record({
    at: nat(200),
    cut: nat(3),
    put: constantFrom("", ",", "}", "]", '"', "\\", "0", "-", ".", "e", "\n", "é"),
  });
  assert(
    property(jsonValue(), constantFrom(undefined, 2, "\t"), damage, (value, indent, { at, cut, put }) => {
      const text = JSON.stringify(value, null, indent);
      const damaged = text.slice(0, at) + put + text.slice(at + cut);
      expect(accepts(text)).toBe(true);
      expect(accepts(damaged), damaged).toBe(nodeAccepts(damaged));
    }),
    { numRuns: 1000 },
  );
});

test("accepts and refuses any text that JSON.parse does", () => {
  const piece = constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    "1",
    "-",
    "0",
    ".5",
    "1e5",
    "E+",
    "true",
    "null",
    "nul",
    " ",
    "\\",
    '"',
  );
  const text = string({ unit: piece, maxLength: 8 });
  assert(
    property(text, (text) => {
      expect(accepts(text), text).toBe(nodeAccepts(text));
    }),
    { numRuns: 2000 },
  );
});

test.each([
  "01",
  "1.",
  ".5",
  "+1",
  "1e",
  "NaN",
  "Infinity",
  "-",
  "'a'",
  "[1,]",
  '{"a":1,}',
  "{a:1}",
  '"\\x"',
  '"\\u12g4"',
  "// x\n1",
])("refuses %s", (text) => {
  expect(accepts(text)).toBe(false);
});

test("nesting up to the limit is fine, one more is a fault and no stack overflow", () => {
  const nested = (depth: number) => "[".repeat(depth) + "1" + "]".repeat(depth);
  expect(accepts(nested(maxDepth))).toBe(true);
  expect(scan(nested(maxDepth + 1)).fault).toMatchObject({ kind: "too-deep", offset: maxDepth });
  expect(scan("[".repeat(1_000_000)).fault).toMatchObject({ kind: "too-deep" });
});

test("a fault has its line and column, in characters", () => {
  const { fault, bytes } = scan('{\n  "a": 1,\n  "ключ": x\n}');
  expect(fault?.message).toBe('"x" where a value should stand');
  expect(locate(bytes, fault?.offset ?? 0)).toEqual({ line: 3, column: 11 });
});

test("half a text ends somewhere, and the fault says where", () => {
  const { fault, bytes } = scan('{"a": {"b": [1, 2');
  expect(fault).toMatchObject({
    kind: "syntax",
    offset: bytes.length,
    message: "the text ends where `,` or `]` should stand",
  });
  expect(scan('{"a": "b').fault).toMatchObject({ message: "the text ends within a string" });
});

test("marks the members of the outermost object", () => {
  const { scanner } = scan('{ "a" : {"x": [1]}, "b":2 }');
  expect(scanner.marks).toEqual([2, 5, 8, 18, 20, 23, 24, 25]);
});
