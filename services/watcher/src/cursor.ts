import { SourceState } from "@lockstep/shared/contracts";
import type { Bucket } from "@lockstep/shared/runtime";
import { z } from "zod";
import { cursorStore, type CursorStore } from "./cursor-store.ts";

/** What the watcher last saw of one category. */
const categorySeen = z.object({
  /** Seconds since the epoch; null: the source knows none; absent: it serves no metadata. */
  lastUpdated: z.number().nullable().optional(),
  /** SHA-256 of the content. */
  hash: z.string(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
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
  /** A change of the baseline to this revision may have been published already: it must not end unsaid (I6). */
  announcing: z.string().optional(),
  /** Counts the reconciles. */
  reconciles: z.number(),
  nextReconcileAtMs: z.number(),
  /** The interval and the reconcile that the next times were planned with, and when. */
  planned: z.object({ atMs: z.number(), intervalMs: z.number() }).optional(),
  reconcilePlanned: z.object({ atMs: z.number(), intervalMs: z.number() }).optional(),
  /** Counts the looks at the start of a watcher, and when the last one was. */
  starts: z.object({ count: z.number(), atMs: z.number() }).optional(),
  /** Who polls right now, and until when another must keep away. */
  claim: z.object({ holder: z.string(), untilMs: z.number() }).optional(),
});
export type Cursor = z.infer<typeof cursorSchema>;

/** The cursor of a route. */
export function routeCursor(state: Bucket, route: string): CursorStore<Cursor> {
  return cursorStore(state, `watcher.${route}`, cursorSchema);
}
