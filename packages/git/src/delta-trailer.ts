import { createHash } from "node:crypto";

/** One path that a commit changed against its first parent. */
export interface DeltaEntry {
  readonly path: string;
  /** After the commit; `000000` if it deleted the path. */
  readonly mode: string;
  /** After the commit; zeros if it deleted the path. */
  readonly oid: string;
}

const trailer = "Lockstep-Delta";

/** The hash of what a commit does: a SHA-256 over its entries, sorted by path. Where the commit stands is no part. */
export function hashDelta(entries: readonly DeltaEntry[]): string {
  const lines = entries.map(({ path, mode, oid }) => `${path}\0${mode} ${oid}\n`).sort();
  return createHash("sha256").update(lines.join("")).digest("hex");
}

/** The message with its trailer, beside the trailers it has. */
export function withDeltaTrailer(message: string, delta: string): string {
  const body = message.trimEnd();
  const lastParagraph = body.slice(body.lastIndexOf("\n\n") + 2);
  const isTrailers = body.includes("\n\n") && lastParagraph.split("\n").every((line) => /^[\w-]+: \S/.test(line));
  return `${body}${isTrailers ? "\n" : "\n\n"}${trailer}: ${delta}\n`;
}

/** The delta a commit's message claims; the last, if a person put several messages together. */
export function readDeltaTrailer(message: string): string | undefined {
  return [...message.matchAll(/^Lockstep-Delta: ([0-9a-f]{64})\s*$/gm)].at(-1)?.[1];
}
