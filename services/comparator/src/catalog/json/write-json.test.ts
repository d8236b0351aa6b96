import { expect, test } from "vitest";
import { newFileStyle } from "./file-style.ts";
import { writeString } from "./write-json.ts";

const utf8 = { ...newFileStyle, ascii: false };

test("an ASCII file escapes all but space to `~`, astral characters as two surrogates", () => {
  expect(writeString('é\u007f\u2028😀~ "\\/\n\u0001', newFileStyle)).toBe(
    '"\\u00e9\\u007f\\u2028\\ud83d\\ude00~ \\"\\\\/\\n\\u0001"',
  );
});

test("a UTF-8 file escapes what JSON requires only", () => {
  expect(writeString('é\u007f😀"\u0001', utf8)).toBe('"é\u007f😀\\"\\u0001"');
});

test("hex letters are upper case where the file's are, and a backslash before a u is left alone", () => {
  expect(writeString("é \\u00e9 \u001f", { ...newFileStyle, upperHex: true })).toBe('"\\u00E9 \\\\u00e9 \\u001F"');
});
