import { createHash } from "node:crypto";

/** The id that git gives to a blob, in a repository whose ids look like `sample` (SHA-1 or SHA-256). */
export function blobId(bytes: Uint8Array, sample: string): string {
  const hash = createHash(sample.length === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
