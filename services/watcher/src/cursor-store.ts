import { readJson, type Bucket, type Stored } from "@lockstep/shared/runtime";
import type { z } from "zod";

/** A cursor that was read or written, and the revision that stands for it. */
export interface Held<Value> {
  readonly value: Value;
  readonly revision: number;
}

/** One durable cursor, shared by all replicas. */
export interface CursorStore<Value> {
  read(): Promise<Stored<Value>>;
  /** Writes it if nobody else has since it was held. Throws a ConflictError otherwise: a fence (I6). */
  write(value: Value, revision: number): Promise<Held<Value>>;
}

export function cursorStore<Value>(state: Bucket, key: string, schema: z.ZodType<Value>): CursorStore<Value> {
  return {
    read: () => readJson(state, key, schema),
    write: async (value, revision) => ({
      value,
      revision: await state.write(key, JSON.stringify(value), { expect: revision }),
    }),
  };
}
