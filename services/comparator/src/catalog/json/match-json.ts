import type { TextRange } from "./compare-json.ts";
import type { JsonArray, JsonObject, JsonValue } from "./json-value.ts";

/**
 * Whether a checked text is a value with its members in the same order, its numbers written the same way
 * and nothing but plain ASCII in its strings. True means equal; false means only that the text must be
 * parsed to know. Makes no objects, so that most records are compared without ever becoming values.
 */
export function hasText(value: JsonValue, { bytes, start, end }: TextRange): boolean {
  return matchValue(value, bytes, start) === end;
}

/** The position behind the value's text, or -1 where something else stands. */
function matchValue(value: JsonValue, bytes: Buffer, at: number): number {
  switch (value.kind) {
    case "string":
      return matchString(value.value, bytes, at);
    case "number":
    case "literal":
      return matchCharacters(value.text, bytes, at);
    case "array":
      return bytes[at] === 0x5b ? matchItems(value, bytes, at + 1) : -1;
    case "object":
      return bytes[at] === 0x7b ? matchMembers(value, bytes, at + 1) : -1;
  }
}

function matchItems({ items }: JsonArray, bytes: Buffer, start: number): number {
  let at = skipSpace(bytes, start);
  let first = true;
  for (const item of items) {
    if (!first) at = matchSign(0x2c, bytes, at);
    first = false;
    if (at !== -1) at = matchValue(item, bytes, at);
    if (at === -1) return -1;
    at = skipSpace(bytes, at);
  }
  return bytes[at] === 0x5d ? at + 1 : -1;
}

function matchMembers({ members }: JsonObject, bytes: Buffer, start: number): number {
  let at = skipSpace(bytes, start);
  let first = true;
  for (const { name, value } of members) {
    if (!first) at = matchSign(0x2c, bytes, at);
    first = false;
    if (at !== -1) at = matchString(name, bytes, at);
    if (at !== -1) at = matchSign(0x3a, bytes, skipSpace(bytes, at));
    if (at !== -1) at = matchValue(value, bytes, at);
    if (at === -1) return -1;
    at = skipSpace(bytes, at);
  }
  return bytes[at] === 0x7d ? at + 1 : -1;
}

function matchString(text: string, bytes: Buffer, at: number): number {
  if (bytes[at] !== 0x22) return -1;
  const end = matchCharacters(text, bytes, at + 1);
  return end !== -1 && bytes[end] === 0x22 ? end + 1 : -1;
}

/** In a string a backslash begins an escape and a quote is its end: neither stands for itself. */
function matchCharacters(text: string, bytes: Buffer, start: number): number {
  const { length } = text;
  for (let index = 0; index < length; index += 1) {
    const byte = bytes[start + index] ?? 0;
    if (byte !== text.charCodeAt(index) || byte > 0x7e || byte === 0x5c || byte === 0x22) return -1;
  }
  return start + length;
}

/** A comma or colon, and the space behind it. */
function matchSign(sign: number, bytes: Buffer, at: number): number {
  return bytes[at] === sign ? skipSpace(bytes, at + 1) : -1;
}

function skipSpace(bytes: Buffer, start: number): number {
  let at = start;
  for (let byte = bytes[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = bytes[at])
    at += 1;
  return at;
}
