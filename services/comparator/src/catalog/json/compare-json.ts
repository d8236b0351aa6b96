import { membersByName, type JsonObject, type JsonValue, type Span } from "./json-value.ts";

/** A range of a file's bytes. */
export interface TextRange extends Span {
  readonly bytes: Buffer;
}

/**
 * Whether two checked texts differ in nothing but space between tokens. True means equal values;
 * false means only that the values must be looked at.
 */
export function sameTokens(left: TextRange, right: TextRange): boolean {
  if (
    left.end - left.start === right.end - right.start &&
    left.bytes.compare(right.bytes, right.start, right.end, left.start, left.end) === 0
  ) {
    return true;
  }
  return walkTokens(left, right);
}

/**
 * Equal by value: members in any order, items in order, numbers exactly by value (`1` = `1.0`,
 * 9007199254740993 ≠ 9007199254740992), missing is not null, `true` is not 1.
 */
export function equalValues(left: JsonValue, right: JsonValue): boolean {
  if (left.kind === "string") return right.kind === "string" && left.value === right.value;
  if (left.kind === "literal") return right.kind === "literal" && left.text === right.text;
  if (left.kind === "number") return right.kind === "number" && equalNumbers(left.text, right.text);
  if (left.kind === "object") return right.kind === "object" && equalObjects(left, right);
  if (right.kind !== "array" || left.items.length !== right.items.length) return false;
  return left.items.every((item, index) => {
    const other = right.items[index];
    return other !== undefined && equalValues(item, other);
  });
}

/** One text for each value: equal values, and only they, have the same. */
export function canonicalText(value: JsonValue): string {
  switch (value.kind) {
    case "string":
      return JSON.stringify(value.value);
    case "literal":
      return value.text;
    case "number":
      return canonicalNumber(value.text);
    case "array":
      return `[${value.items.map((item) => canonicalText(item)).join(",")}]`;
    case "object": {
      const members = [...membersByName(value).values()].map(
        ({ name, value }) => `${JSON.stringify(name)}:${canonicalText(value)}`,
      );
      return `{${members.sort().join(",")}}`;
    }
  }
}

/** Whether a number is zero, in whatever way it is written. */
export function isZero(text: string): boolean {
  return !/^[^eE]*[1-9]/.test(text);
}

function walkTokens(left: TextRange, right: TextRange): boolean {
  const a = left.bytes;
  const b = right.bytes;
  const leftEnd = left.end;
  const rightEnd = right.end;
  let i = left.start;
  let j = right.start;
  let inString = false;
  while (i < leftEnd && j < rightEnd) {
    const c = a[i] ?? 0;
    const d = b[j] ?? 0;
    if (c === d) {
      if (c === 0x22) inString = !inString;
      else if (c === 0x5c) {
        i += 1;
        j += 1;
        if (a[i] !== b[j]) return false;
      }
      i += 1;
      j += 1;
    } else if (inString) return false;
    else if (c <= 0x20) i += 1;
    else if (d <= 0x20) j += 1;
    else return false;
  }
  return i === leftEnd && j === rightEnd;
}

function equalObjects(left: JsonObject, right: JsonObject): boolean {
  const lefts = membersByName(left);
  const rights = membersByName(right);
  if (lefts.size !== rights.size) return false;
  for (const [name, { value }] of lefts) {
    const other = rights.get(name);
    if (other === undefined || !equalValues(value, other.value)) return false;
  }
  return true;
}

function equalNumbers(left: string, right: string): boolean {
  return left === right || canonicalNumber(left) === canonicalNumber(right);
}

/** Sign, digits without zeros at either end, and the power of ten: `-1.50e3` is `-15e2`. */
function canonicalNumber(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  let length = digits.length;
  while (digits[length - 1] === "0") length -= 1;
  const significant = digits.slice(0, length);
  if (significant === "") return "0";
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - length);
  return `${sign}${significant}e${power}`;
}
