import { createHash } from "node:crypto";

/** The id that git gives to a file of these bytes, in the object format of the repository that `like` is an id of. */
export function blobId(bytes: Uint8Array, like: string): string {
  const algorithm = like.length === 64 ? "sha256" : "sha1";
  return createHash(algorithm).update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
