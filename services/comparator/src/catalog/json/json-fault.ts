/** Why a text is no catalog, with the byte where that shows. */
export interface JsonFault {
  readonly kind: "syntax" | "too-deep" | "not-object" | "not-utf8";
  readonly offset: number;
  readonly message: string;
}

/** Line and column (in characters) of a byte, both from 1; only `\n` ends a line. */
export function locate(bytes: Buffer, offset: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (let at = bytes.indexOf(0x0a); at !== -1 && at < offset; at = bytes.indexOf(0x0a, at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  let column = 1;
  for (const byte of bytes.subarray(lineStart, offset)) if ((byte & 0xc0) !== 0x80) column += 1;
  return { line, column };
}

/** The first byte that is no UTF-8, for a text known to hold one. */
export function firstBadByte(bytes: Buffer): number {
  const replacement = "\ufffd";
  const text = bytes.toString("utf8");
  let offset = 0;
  let from = 0;
  for (let at = text.indexOf(replacement); at !== -1; at = text.indexOf(replacement, from)) {
    offset += Buffer.byteLength(text.slice(from, at));
    if (bytes.toString("hex", offset, offset + 3) !== "efbfbd") return offset;
    offset += 3;
    from = at + 1;
  }
  return offset;
}
