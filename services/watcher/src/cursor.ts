import { SourceState } from "@lockstep/shared/contracts";
import { readJson, type Bucket, type Stored } from "@lockstep/shared/runtime";
import { z } from "zod";

/** What the watcher last saw of one category. */
const categorySeen = z.object({
  /** Seconds since the epoch; null: the source knows none; absent: it serves no metadata. */
  lastUpdated: z.number().nullable().optional(),
  /** SHA-256 of the content. */
  hash: z.string(),
  etag: z.string().optional(),
  /**
   * The content was read after the second of `lastUpdated` was over: an edit within that second, which its
   * timestamp does not show, can no longer follow.
   */
  settled: z.boolean(),
});
export type CategorySeen = z.infer<typeof categorySeen>;

/** Bucket `state`, key `watcher.<route>`: durable, so that a restart neither repeats nor misses a change (I6). */
const cursorSchema = SourceState.extend({
  /** The baseline: category → what was seen when its event was stored. Absent before the first poll. */
  categories: z.record(z.string(), categorySeen).optional(),
  /** Counts the baselines: A → B → A are three occurrences, whatever their hashes. */
  generation: z.number(),
  /** Counts the reconciles. */
  reconciles: z.number(),
  nextReconcileAtMs: z.number(),
  /** Who polls right now, and until when another must keep away. */
  claim: z.object({ holder: z.string(), untilMs: z.number() }).optional(),
});
export type Cursor = z.infer<typeof cursorSchema>;

/** The key of a route's cursor. */
export function cursorKey(route: string): string {
  return `watcher.${route}`;
}

export function readCursor(state: Bucket, route: string): Promise<Stored<Cursor>> {
  return readJson(state, cursorKey(route), cursorSchema);
}

/** Writes the cursor if nobody else has since it was read. Throws a ConflictError otherwise: a fence (I6). */
export function writeCursor(state: Bucket, route: string, next: Stored<Cursor>): Promise<number> {
  return state.write(cursorKey(route), JSON.stringify(next.value), { expect: next.revision });
}
