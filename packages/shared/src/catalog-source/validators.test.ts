import { expect, test } from "vitest";
import { conditionOf, validatorsOf } from "./validators.ts";

const modified = "Fri, 01 May 2026 10:00:00 GMT";

test("an entity tag is kept and asked with, alone", () => {
  const headers = new Headers({ etag: '"a"', "last-modified": modified, date: "Fri, 01 May 2026 11:00:00 GMT" });

  expect(conditionOf(validatorsOf(headers))).toEqual({ "if-none-match": '"a"' });
});

test("a time of modification is asked with where there is no tag", () => {
  const headers = new Headers({ "last-modified": modified, date: "Fri, 01 May 2026 10:00:01 GMT" });

  expect(conditionOf(validatorsOf(headers))).toEqual({ "if-modified-since": modified });
});

test.each([
  ["its own second is not over", { "last-modified": modified, date: modified }],
  ["the source has no clock", { "last-modified": modified }],
  ["it cannot be read", { "last-modified": "yesterday", date: "Fri, 01 May 2026 11:00:00 GMT" }],
])("a time of modification is no validator when %s", (_when, headers) => {
  expect(validatorsOf(new Headers(headers))).toEqual({});
  expect(conditionOf({})).toEqual({});
});
