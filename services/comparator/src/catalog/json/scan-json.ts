import type { JsonFault } from "./json-fault.ts";

/** Deeper nesting is refused, so that no text can exhaust the stack. */
export const maxDepth = 200;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const minus = 0x2d;
const plus = 0x2b;
const dot = 0x2e;
const zero = 0x30;
const openBracket = 0x5b;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const end = -1;

const literals = new Map([
  [0x74, "true"],
  [0x66, "false"],
  [0x6e, "null"],
]);

/** Bytes that may stand in a string as they are. */
const plain = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= 0x20 && byte !== quote && byte !== backslash),
);

/** Escapes of characters beyond ASCII, and the case of hex letters: how a file escapes. */
export interface SeenEscapes {
  readonly nonAsciiEscapes: number;
  readonly lowerHex: number;
  readonly upperHex: number;
}

/**
 * Checks JSON text byte by byte (RFC 8259) and says where its parts end, without making values.
 * Every method takes the position to begin at and gives the position behind the part, or -1 after a
 * `fault`. The bytes must be valid UTF-8.
 */
export class JsonScanner {
  readonly #bytes: Uint8Array;
  /** The bracket that closes each open object or list. */
  readonly #closes = new Uint8Array(maxDepth);
  /**
   * For each member of the outermost object four positions: the start and end of its name, the start and end
   * of its value. Meaningless for a list.
   */
  readonly marks: number[] = [];
  fault: JsonFault | undefined;
  readonly seen: { -readonly [Key in keyof SeenEscapes]: SeenEscapes[Key] } = {
    nonAsciiEscapes: 0,
    lowerHex: 0,
    upperHex: 0,
  };

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Never a fault. */
  space(from: number): number {
    const bytes = this.#bytes;
    const { length } = bytes;
    let at = from;
    // Reading behind the end would make V8 drop the code it has compiled for this loop.
    while (at < length) {
      const byte = bytes[at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
      at += 1;
    }
    return at;
  }

  value(from: number): number {
    const bytes = this.#bytes;
    const closes = this.#closes;
    let open = 0;
    let at = from;
    for (;;) {
      const byte = bytes[at];
      if (byte === openBrace || byte === openBracket) {
        const close = byte + 2;
        const inside = this.space(at + 1);
        if (bytes[inside] !== close) {
          if (open === maxDepth) return this.#tooDeep(at);
          closes[open] = close;
          open += 1;
          at = close === closeBrace ? this.#name(inside, open) : inside;
          if (at < 0) return at;
          continue;
        }
        at = inside + 1;
      } else at = byte === quote ? this.string(at) : this.#scalar(at);
      for (;;) {
        if (at < 0 || open === 0) return at;
        if (open === 1) this.marks.push(at);
        at = this.space(at);
        const close = closes[open - 1];
        if (bytes[at] === comma) {
          const next = this.space(at + 1);
          at = close === closeBrace ? this.#name(next, open) : next;
          if (at < 0) return at;
          break;
        }
        if (bytes[at] !== close) return this.#unexpected(at, close === closeBrace ? "`,` or `}`" : "`,` or `]`");
        open -= 1;
        at += 1;
      }
    }
  }

  string(from: number): number {
    if (this.#at(from) !== quote) return this.#unexpected(from, "a name in double quotes");
    const bytes = this.#bytes;
    let at = from + 1;
    for (;;) {
      while (plain[bytes[at] ?? 0] === 1) at += 1;
      const byte = this.#at(at);
      if (byte === quote) return at + 1;
      if (byte === backslash) at = this.#escape(at + 1);
      else if (byte === end) return this.#fail(at, "the text ends within a string");
      else return this.#fail(at, "a control character must be escaped in a string");
      if (at < 0) return at;
    }
  }

  /** The end of the text, after space only. */
  finish(from: number): number {
    const at = this.space(from);
    return at === this.#bytes.length ? at : this.#unexpected(at, "the end of the text");
  }

  /** A member's name and colon, and the space around it. */
  #name(start: number, depth: number): number {
    const end = this.string(start);
    if (end < 0) return end;
    const at = this.space(end);
    if (this.#at(at) !== colon) return this.#unexpected(at, "`:`");
    const value = this.space(at + 1);
    if (depth === 1) this.marks.push(start, end, value);
    return value;
  }

  #scalar(at: number): number {
    const byte = this.#at(at);
    if (byte === minus || isDigit(byte)) return this.#number(at);
    const literal = literals.get(byte);
    if (literal === undefined) return this.#unexpected(at, "a value");
    for (let index = 1; index < literal.length; index += 1) {
      if (this.#at(at + index) !== literal.charCodeAt(index)) return this.#unexpected(at + index, `\`${literal}\``);
    }
    return at + literal.length;
  }

  #number(from: number): number {
    let at = this.#at(from) === minus ? from + 1 : from;
    at = this.#at(at) === zero ? at + 1 : this.#digits(at);
    if (at >= 0 && this.#at(at) === dot) at = this.#digits(at + 1);
    if (at < 0 || (this.#at(at) | 0x20) !== 0x65) return at;
    const sign = this.#at(at + 1);
    return this.#digits(sign === plus || sign === minus ? at + 2 : at + 1);
  }

  #digits(from: number): number {
    let at = from;
    while (isDigit(this.#at(at))) at += 1;
    return at === from ? this.#unexpected(at, "a digit") : at;
  }

  #escape(at: number): number {
    const byte = this.#at(at);
    if (byte !== 0x75) {
      const known = byte !== end && '"\\/bfnrt'.includes(String.fromCharCode(byte));
      return known ? at + 1 : this.#unexpected(at, "an escape such as `\\n`");
    }
    const hex = String.fromCharCode(...this.#bytes.subarray(at + 1, at + 5));
    if (!/^[\da-f]{4}$/i.test(hex)) return this.#fail(at - 1, "`\\u` must be followed by four hex digits");
    if (Number.parseInt(hex, 16) > 0x7f) this.seen.nonAsciiEscapes += 1;
    if (/[a-f]/.test(hex)) this.seen.lowerHex += 1;
    if (/[A-F]/.test(hex)) this.seen.upperHex += 1;
    return at + 5;
  }

  #at(at: number): number {
    return this.#bytes[at] ?? end;
  }

  #tooDeep(offset: number): number {
    this.fault = { kind: "too-deep", offset, message: `nested deeper than ${maxDepth} levels` };
    return -1;
  }

  #unexpected(at: number, wanted: string): number {
    const byte = this.#at(at);
    if (byte === end) return this.#fail(at, `the text ends where ${wanted} should stand`);
    const found = String.fromCodePoint(new TextDecoder().decode(this.#bytes.subarray(at, at + 4)).codePointAt(0) ?? 0);
    return this.#fail(at, `${JSON.stringify(found)} where ${wanted} should stand`);
  }

  #fail(offset: number, message: string): number {
    this.fault ??= { kind: "syntax", offset, message };
    return -1;
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
