import { createHash } from "node:crypto";

/** A place in 0..1 that is a name's own, the same in every process: what is due together is spread by it. Pure. */
export function spreadOf(name: string): number {
  return createHash("sha256").update(name).digest().readUInt32BE(0) / 2 ** 32;
}
