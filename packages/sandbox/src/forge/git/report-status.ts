/** One packet of git's wire format; undefined is a flush. */
type Packet = Buffer | undefined;

/**
 * Rewrites the reasons in receive-pack's answer: git says `hook declined` for whatever an update hook refuses, GitHub
 * says what kind of rule it was. `reasonOf` gives the reason for a ref, or undefined to leave git's own.
 */
export function rewriteReasons(answer: Buffer, reasonOf: (ref: string) => string | undefined): Buffer {
  const packets = splitPackets(answer);
  const report = Buffer.concat(packets.flatMap((packet) => (packet?.[0] === 1 ? [packet.subarray(1)] : [])));
  if (report.length === 0) return answer;
  const rewritten = splitPackets(report).map((line) => line && Buffer.from(rewriteLine(line.toString(), reasonOf)));
  const others = packets.filter((packet) => packet !== undefined && packet[0] !== 1);
  const band = Buffer.concat([Buffer.from([1]), joinPackets(rewritten)]);
  return joinPackets([...others, band, undefined]);
}

function rewriteLine(line: string, reasonOf: (ref: string) => string | undefined): string {
  const [, ref, end = ""] = /^ng (\S+) hook declined(\n?)$/.exec(line) ?? [];
  const reason = ref === undefined ? undefined : reasonOf(ref);
  return reason === undefined ? line : `ng ${ref} ${reason}${end}`;
}

function splitPackets(bytes: Buffer): Packet[] {
  const packets: Packet[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number.parseInt(bytes.toString("latin1", at, at + 4), 16);
    packets.push(length < 4 ? undefined : bytes.subarray(at + 4, at + length));
    at += Math.max(4, length);
  }
  return packets;
}

function joinPackets(packets: readonly Packet[]): Buffer {
  return Buffer.concat(
    packets.flatMap((packet) => {
      if (packet === undefined) return [Buffer.from("0000")];
      return [Buffer.from((packet.length + 4).toString(16).padStart(4, "0")), packet];
    }),
  );
}
