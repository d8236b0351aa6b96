import { z } from "zod";
import { ObjectId } from "./names.ts";

/**
 * The part of the publisher's record (bucket `state`, `publisher.<route>.<target>`, field `record`) that the comparator
 * reads: the content that was last merged, which is the base of a comparison three ways.
 */
export const PublishedBaseline = z.object({
  /** Path → blob in the target's git, and what that merge kept (`CategoryChange.kept`). */
  baseline: z.record(
    z.string(),
    z.object({ blob: ObjectId, kept: z.record(z.string(), z.string().nullable()).optional() }),
  ),
});
export type PublishedBaseline = z.infer<typeof PublishedBaseline>;
