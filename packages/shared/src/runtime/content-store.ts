import type { z } from "zod";
import type { Sha256 } from "../contracts/names.ts";

type Hash = z.infer<typeof Sha256>;

/** The object store `content`: bytes under their own SHA-256, 45 days, renewed by every put that is a week older. */
export interface ContentStore {
  put(bytes: Uint8Array): Promise<Hash>;
  /** `undefined` when it is gone: that leads to a trigger, never to a dead letter. */
  get(name: Hash, signal: AbortSignal): Promise<Uint8Array | undefined>;
}
