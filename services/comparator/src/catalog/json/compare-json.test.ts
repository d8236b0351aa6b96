import { assert, jsonValue, property } from "fast-check";
import { expect, test } from "vitest";
import { canonicalText, equalValues, isZero, sameTokens } from "./compare-json.ts";
import type { JsonValue } from "./json-value.ts";
import { hasText } from "./match-json.ts";
import { parseText } from "./parse-json.ts";

function parse(text: string): JsonValue {
  const value = parseText(text);
  if (value === undefined) throw new Error(`no JSON: ${text}`);
  return value;
}

function range(text: string) {
  const bytes = Buffer.from(text);
  return { bytes, start: 0, end: bytes.length };
}

const equal = [
  ["1", "1.0"],
  ["1e2", "100"],
  ["100", "1E+2"],
  ["0", "-0.0"],
  ["0e5", "0"],
  ["-1.50", "-15e-1"],
  ["9007199254740993", "9007199254740993.0"],
  ['{"a":1,"b":2}', '{"b":2,"a":1}'],
  ['{"a":1,"a":2}', '{"a":2}'],
  ['"\\u00e9"', '"é"'],
  ['"\\ud83d\\ude00"', '"😀"'],
  ['"\\/"', '"/"'],
  ["[]", "[ ]"],
] as const;

const different = [
  ["9007199254740993", "9007199254740992"],
  ["0.1", "0.10000000000000001"],
  ["1", "-1"],
  ["1", '"1"'],
  ["true", "1"],
  ["false", "0"],
  ["null", "false"],
  ["[1,2]", "[2,1]"],
  ["[]", "{}"],
  ['{"a":null}', "{}"],
  ['{"a":1}', '{"b":1}'],
  ['{"a":1,"b":2}', '{"a":1}'],
  ['"a"', '"A"'],
  ['{"__proto__":1}', '{"__proto__":2}'],
] as const;

test.each(equal)("%s is equal to %s", (left, right) => {
  expect(equalValues(parse(left), parse(right))).toBe(true);
  expect(canonicalText(parse(left))).toBe(canonicalText(parse(right)));
});

test.each(different)("%s is not equal to %s", (left, right) => {
  expect(equalValues(parse(left), parse(right))).toBe(false);
  expect(canonicalText(parse(left))).not.toBe(canonicalText(parse(right)));
  expect(sameTokens(range(left), range(right))).toBe(false);
  expect(hasText(parse(left), range(right))).toBe(false);
});

test("texts that differ in space only have the same tokens, and the value has both texts", () => {
  assert(
    property(jsonValue(), (value) => {
      const [compact, indented] = [JSON.stringify(value), JSON.stringify(value, null, "\t")];
      expect(sameTokens(range(compact), range(indented))).toBe(true);
      expect(sameTokens(range(indented), range(compact))).toBe(true);
      if (/^[ !#-[\]-~]*$/.test(compact.replaceAll('"', ""))) {
        expect(hasText(parse(compact), range(indented))).toBe(true);
      }
    }),
  );
});

test("same tokens or a value's text mean equal values", () => {
  assert(
    property(jsonValue({ maxDepth: 1 }), jsonValue({ maxDepth: 1 }), (one, two) => {
      const [left, right] = [JSON.stringify(one), JSON.stringify(two, null, 1)];
      const same = equalValues(parse(left), parse(right));
      const claimed = sameTokens(range(left), range(right)) || hasText(parse(left), range(right));
      expect(same || !claimed).toBe(true);
    }),
  );
});

test("space within a string is no space between tokens", () => {
  expect(sameTokens(range('"a b"'), range('"ab"'))).toBe(false);
  expect(sameTokens(range('"a\\" b"'), range('"a\\"  b"'))).toBe(false);
});

test("a quote in a string does not pass for the end of one", () => {
  const value: JsonValue = { kind: "object", members: [{ name: "k", value: { kind: "string", value: 'x","z":"y' } }] };
  expect(hasText(value, range('{"k":"x","z":"y"}'))).toBe(false);
  expect(hasText({ kind: "string", value: "a\\u0062" }, range('"a\\u0062"'))).toBe(false);
});

test("zero is zero however it is written", () => {
  expect(["0", "-0", "0.00", "0e9"].map(isZero)).toEqual([true, true, true, true]);
  expect(["1", "0.01", "-5e-9"].map(isZero)).toEqual([false, false, false]);
});
