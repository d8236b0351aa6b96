import type { Bucket } from "@lockstep/shared/runtime";
import { z } from "zod";
import { cursorStore, type CursorStore } from "./cursor-store.ts";

/** Bucket `state`, key `watcher.<route>.<target>`: what was last seen of a target's branches (I6). */
const targetCursorSchema = z.object({
  /** Ref → object id, of those that matter. Absent before the first look. */
  refs: z.record(z.string(), z.string()).optional(),
  /** Where nobody has looked, ref → what webhooks said last, null for gone. The newest are the last ones. */
  told: z.record(z.string(), z.string().nullable()).optional(),
  /** Counts the differences: A → B → A are three occurrences. */
  generation: z.number(),
  /** A difference may have been published already: it must not end unsaid. */
  announcing: z.string().optional(),
  /** Epoch ms. Moved before each look: a claim, so that replicas share the targets. */
  nextLookAtMs: z.number(),
  planned: z.object({ atMs: z.number(), intervalMs: z.number() }).optional(),
  failing: z.object({ count: z.number(), code: z.string() }).optional(),
});
export type TargetCursor = z.infer<typeof targetCursorSchema>;

/** The cursor of a route's target. */
export function targetCursor(state: Bucket, route: string, target: string): CursorStore<TargetCursor> {
  return cursorStore(state, `watcher.${route}.${target}`, targetCursorSchema);
}
