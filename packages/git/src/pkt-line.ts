/** https://git-scm.com/docs/protocol-common: four hex digits of length, themselves included, then the payload. */
export const flushPacket = "0000";
export const delimiterPacket = "0001";

/** A line of text as a packet. */
export function packet(text: string): string {
  const payload = `${text}\n`;
  return (Buffer.byteLength(payload) + flushPacket.length).toString(16).padStart(4, "0") + payload;
}

/**
 * The lines of an answer up to its flush packet; `undefined` if the bytes are no packets or end before it. Pure.
 */
export function readPackets(bytes: Buffer): readonly string[] | undefined {
  const lines: string[] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const header = bytes.toString("latin1", at, at + 4);
    if (header === flushPacket) return lines;
    const length = /^[0-9a-f]{4}$/i.test(header) ? Number.parseInt(header, 16) : 0;
    if (length <= 4 || at + length > bytes.length) return undefined;
    lines.push(bytes.toString("utf8", at + 4, at + length).replace(/\n$/, ""));
    at += length;
  }
  return undefined;
}
