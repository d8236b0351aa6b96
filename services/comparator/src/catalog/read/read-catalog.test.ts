import { expect, test } from "vitest";
import { readCatalog } from "./read-catalog.ts";

function catalog(text: string | Buffer) {
  const reading = readCatalog(Buffer.from(text));
  if (reading.kind === "fault") throw new Error(reading.fault.message);
  return reading.catalog;
}

function fault(text: string | Buffer) {
  const reading = readCatalog(Buffer.from(text));
  return reading.kind === "fault" ? reading.fault : undefined;
}

test("keeps each record's range and the order of integer-like names", () => {
  const { bytes, records } = catalog('{"b": {"x": 1.0}, "10": {}, "2": {"y": [1]}}');
  expect(records.map(({ name }) => name)).toEqual(["b", "10", "2"]);
  expect(records.map(({ start, end }) => bytes.toString("utf8", start, end))).toEqual([
    '"b": {"x": 1.0}',
    '"10": {}',
    '"2": {"y": [1]}',
  ]);
});

test("a name may be anything, `__proto__` and escapes too", () => {
  const { byName } = catalog('{"__proto__": {}, "caf\\u00e9": {}, "constructor": {}, "": {}}');
  expect([...byName.keys()]).toEqual(["__proto__", "café", "constructor", ""]);
});

test("of a repeated name the last counts, and it is reported", () => {
  const { byName, repeated } = catalog('{"a": {"v": 1}, "b": {}, "a": {"v": 2}}');
  expect(byName.get("a")).toBe(2);
  expect(repeated).toEqual(["a"]);
});

test("a byte-order mark is no part of the JSON", () => {
  expect(catalog('\ufeff{"a": {}}').records).toHaveLength(1);
});

test.each(["", "  \n", "\ufeff"])("a text of nothing but space is an empty catalog (%j)", (text) => {
  expect(catalog(text)).toMatchObject({ records: [], top: undefined });
});

test("HTML is named as such", () => {
  expect(fault("\n<!doctype html><html></html>")).toMatchObject({
    offset: 1,
    message: "HTML or XML where JSON should stand",
  });
});

test.each(["[]", '"text"', "12", "null"])("%s is no object of records", (text) => {
  expect(fault(text)).toMatchObject({ kind: "not-object" });
});

test.each(['{"a": {}', '{"a": {"b": ', '{"a": {}} x', '{"a": {},}', "{", "[1"])("%s is half or bad JSON", (text) => {
  expect(fault(text)).toMatchObject({ kind: "syntax" });
});

test("a byte that is no UTF-8 is a fault at its place", () => {
  const text = Buffer.concat([Buffer.from('{"a": "\ufffd ok '), Buffer.from([0xff]), Buffer.from('"}')]);
  expect(fault(text)).toMatchObject({ kind: "not-utf8", offset: 14 });
  expect(fault(Buffer.from([0xff, 0xfe, 0x7b, 0x00]))).toMatchObject({ kind: "not-utf8", offset: 0 });
});
