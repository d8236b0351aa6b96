import type { JsonValue, LocatedArray, LocatedMember, LocatedObject, LocatedValue, Span } from "./json-value.ts";
import { JsonScanner } from "./scan-json.ts";

/** The value in a range of bytes that a `JsonScanner` found to be one; its spans count from the file's start. */
export function parseRange(bytes: Buffer, { start }: Span): LocatedValue {
  return new RangeParser(bytes).value(start);
}

/** A whole text as a value, or undefined where it is no JSON. */
export function parseText(text: string): JsonValue | undefined {
  const bytes = Buffer.from(text);
  const scanner = new JsonScanner(bytes);
  const start = scanner.space(0);
  const end = scanner.value(start);
  if (end < 0 || scanner.finish(end) < 0) return undefined;
  return parseRange(bytes, { start, end });
}

/** The string whose quotes stand at both ends of the range. */
export function decodeString(bytes: Buffer, { start, end }: Span): string {
  const inner = bytes.toString("utf8", start + 1, end - 1);
  return inner.includes("\\") ? (JSON.parse(`"${inner}"`) as string) : inner;
}

class RangeParser {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  value(start: number): LocatedValue {
    const byte = this.#bytes[start];
    if (byte === 0x7b) return this.#object(start);
    if (byte === 0x5b) return this.#array(start);
    if (byte === 0x22) return { kind: "string", value: this.#string(start), start, end: this.#at };
    let end = start;
    while (isAtom(this.#bytes[end])) end += 1;
    this.#at = end;
    const text = this.#bytes.toString("latin1", start, end);
    if (text === "true" || text === "false" || text === "null") return { kind: "literal", text, start, end };
    return { kind: "number", text, start, end };
  }

  #object(start: number): LocatedObject {
    const members: LocatedMember[] = [];
    let at = this.#space(start + 1);
    while (this.#bytes[at] !== 0x7d) {
      const name = this.#string(at);
      const colon = this.#space(this.#at);
      const value = this.value(this.#space(colon + 1));
      members.push({ name, value, start: at, end: value.end });
      at = this.#behindComma();
    }
    this.#at = at + 1;
    return { kind: "object", members, start, end: this.#at };
  }

  #array(start: number): LocatedArray {
    const items: LocatedValue[] = [];
    let at = this.#space(start + 1);
    while (this.#bytes[at] !== 0x5d) {
      items.push(this.value(at));
      at = this.#behindComma();
    }
    this.#at = at + 1;
    return { kind: "array", items, start, end: this.#at };
  }

  #behindComma(): number {
    const at = this.#space(this.#at);
    return this.#bytes[at] === 0x2c ? this.#space(at + 1) : at;
  }

  #string(start: number): string {
    const bytes = this.#bytes;
    let at = start + 1;
    let escaped = false;
    for (let byte = bytes[at]; byte !== 0x22; byte = bytes[at]) {
      if (byte === 0x5c) {
        escaped = true;
        at += 1;
      }
      at += 1;
    }
    this.#at = at + 1;
    return escaped ? decodeString(bytes, { start, end: this.#at }) : bytes.toString("utf8", start + 1, at);
  }

  #space(from: number): number {
    const bytes = this.#bytes;
    let at = from;
    while (isSpace(bytes[at])) at += 1;
    return at;
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Digits, letters, sign and point: what numbers and literals are made of. */
function isAtom(byte: number | undefined): boolean {
  return byte !== undefined && !isSpace(byte) && byte !== 0x2c && byte !== 0x5d && byte !== 0x7d;
}
