import type { z } from "zod";
import type { Bucket } from "./bucket.ts";

/** A stored value, and the revision that must still be there when it is written again; 0 for none. */
export interface Stored<Value> {
  readonly value: Value | undefined;
  readonly revision: number;
}

/**
 * Reads a key as JSON of a schema. What this version cannot read counts as no value, with its revision:
 * the work it stood for is done once more, which is harmless (I3).
 */
export async function readJson<Value>(bucket: Bucket, key: string, schema: z.ZodType<Value>): Promise<Stored<Value>> {
  const entry = await bucket.read(key);
  if (entry === undefined) return { value: undefined, revision: 0 };
  return { value: schema.safeParse(parse(entry.value)).data, revision: entry.revision };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
