import { PermanentError } from "@lockstep/shared/errors";
import { expect, test } from "vitest";
import { compareCategory, type CategoryQuestion } from "./compare-category.ts";

const options = { order: "target", targetEdits: "report" } as const;

function failure(question: Pick<CategoryQuestion, "source" | "target">): PermanentError {
  try {
    compareCategory({ ...question, options });
  } catch (error) {
    if (error instanceof PermanentError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("tells what a category becomes: counts, names, fields and the wanted bytes", () => {
  const source = '{"a":{"x":1},"b":{"x":2},"new":{}}';
  const target = '{"a": {"x": 1.0}, "b": {"x": 1}, "old": {}}';
  expect(compareCategory({ source, target, options })).toEqual({
    counts: { added: 1, removed: 1, modified: 1 },
    baseCounts: { added: 1, removed: 1, modified: 1 },
    baseRecords: 3,
    added: ["new"],
    removed: ["old"],
    modified: [{ name: "b", fields: [{ field: "x", before: "1", after: "2" }] }],
    targetOnly: [],
    overwritten: [],
    kept: {},
    faults: [],
    warnings: [],
    wanted: { kind: "write", bytes: Buffer.from('{"a": {"x": 1.0}, "b": {"x": 2}, "new": {}}') },
  });
});

test("takes bytes as well as text, and writes nothing where nothing changes", () => {
  const source = new Uint8Array(Buffer.from('{"a":{}}'));
  expect(compareCategory({ source, target: source, options })).toMatchObject({ wanted: { kind: "unchanged" } });
});

test("a source record that is no object is a fault; its entry stays and the others go on (I10)", () => {
  const source = '{"a": 5, "b": {"x": 2}, "c": null}';
  const { faults, counts, wanted } = compareCategory({ source, target: '{"a": {"x": 1}, "b": {}}', options });
  expect(faults).toEqual([
    { record: "a", field: "", message: "a record must be an object" },
    { record: "c", field: "", message: "a record must be an object" },
  ]);
  expect(counts).toEqual({ added: 0, removed: 0, modified: 1 });
  expect(wanted).toEqual({ kind: "write", bytes: Buffer.from('{"a": {"x": 1}, "b": {"x": 2}}') });
});

test("a target record that is no object is replaced", () => {
  const { modified } = compareCategory({ source: '{"a": {"x": 1}}', target: '{"a": 5}', options });
  expect(modified).toEqual([{ name: "a", fields: [{ field: "(record)", before: "5", after: '{"x": 1}' }] }]);
});

test("repeated names are reported, for either side", () => {
  const twice = '{"a": {}, "a": {}}';
  const { warnings } = compareCategory({ source: twice, target: twice, options });
  expect(warnings).toEqual([
    { code: "NAME_REPEATED", message: "source: a stands more than once, the last counts" },
    { code: "NAME_REPEATED", message: "target: a stands more than once, the last counts" },
  ]);
});

test.each([
  ["SOURCE_NOT_JSON", "<!doctype html>", "the source's answer, line 1, column 1: HTML or XML where JSON should stand"],
  ["SOURCE_NOT_JSON", '{"a": {}', "the source's answer, line 1, column 9: the text ends where `,` or `}` should stand"],
  [
    "SOURCE_NOT_AN_OBJECT",
    "[]",
    "the source's answer, line 1, column 1: the top of a catalog must be an object of records",
  ],
  [
    "SOURCE_TOO_DEEP",
    `{"a": ${"[".repeat(300)}`,
    "the source's answer, line 1, column 206: nested deeper than 200 levels",
  ],
  ["SOURCE_NOT_UTF8", Buffer.from([0x7b, 0xff]), "the source's answer, line 1, column 2: a byte that is no UTF-8"],
  ["SOURCE_EMPTY", " \n", "the source's answer is empty"],
])("%s: the whole category fails, with the place and a hint (I7)", (code, source, message) => {
  const error = failure({ source, target: '{"a": {}}' });
  expect(error).toMatchObject({ code, message });
  expect(error.hint).toContain("source");
});

test.each([
  [
    "TARGET_NOT_JSON",
    '{\n  "a": {},\n}',
    'the target\'s file, line 3, column 1: "}" where a name in double quotes should stand',
  ],
  [
    "TARGET_NOT_AN_OBJECT",
    "[]",
    "the target's file, line 1, column 1: the top of a catalog must be an object of records",
  ],
])("%s: a file that cannot be read is not written", (code, target, message) => {
  expect(failure({ source: "{}", target })).toMatchObject({ code, message });
});

test("strict without a transform refuses records that are no objects", () => {
  const strict = { ...options, strict: true };
  expect(() => compareCategory({ source: '{"a": 5}', target: null, options: strict })).toThrow(
    "record a: a record must be an object",
  );
});
