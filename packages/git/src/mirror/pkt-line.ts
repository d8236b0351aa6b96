/** Pkt-lines: https://git-scm.com/docs/gitprotocol-common, "pkt-line Format". */

export const flush = "0000";
export const delimiter = "0001";

/** Longest payload of a line, in bytes. */
const longest = 65_516;

/** One line with its length before it. */
export function pktLine(text: string): string {
  const length = Buffer.byteLength(text);
  if (length > longest) throw new RangeError(`a pkt-line of ${length} bytes`);
  return (length + 4).toString(16).padStart(4, "0") + text;
}

/** What a line says: its bytes, or which of the special lines it is. */
export type Pkt = Buffer | "flush" | "delimiter" | "response-end";

/** Reads all lines. Returns undefined for bytes that are no pkt-lines, or end in the middle of one. */
export function readPktLines(bytes: Buffer): readonly Pkt[] | undefined {
  const lines: Pkt[] = [];
  for (let at = 0; at < bytes.length;) {
    const prefix = bytes.toString("latin1", at, at + 4);
    if (!/^[0-9a-f]{4}$/i.test(prefix)) return undefined;
    const length = Number.parseInt(prefix, 16);
    const special = specials[length];
    if (length < 4 && special === undefined) return undefined;
    if (special !== undefined) lines.push(special);
    else if (at + length > bytes.length) return undefined;
    else lines.push(bytes.subarray(at + 4, at + length));
    at += Math.max(4, length);
  }
  return lines;
}

const specials: readonly (Exclude<Pkt, Buffer> | undefined)[] = ["flush", "delimiter", "response-end"];
