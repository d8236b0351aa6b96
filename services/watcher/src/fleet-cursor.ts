import type { Bucket } from "@lockstep/shared/runtime";
import { z } from "zod";
import { cursorStore, type CursorStore } from "./cursor-store.ts";

/** Bucket `state`, key `watcher.<route>.fleet`: what was last seen of a deployment's installations (I6). */
const fleetCursorSchema = z.object({
  fingerprint: z.string(),
  /** Counts the differences: A → B → A are three occurrences. */
  changes: z.number(),
  /** The due time that was said already, and when, and how often. */
  said: z.object({ dueMs: z.number(), atMs: z.number(), times: z.number() }).optional(),
});
export type FleetCursor = z.infer<typeof fleetCursorSchema>;

/** The cursor of a deployment's installations. No target has this key: a deployment's are in no configuration. */
export function fleetCursor(state: Bucket, route: string): CursorStore<FleetCursor> {
  return cursorStore(state, `watcher.${route}.fleet`, fleetCursorSchema);
}
