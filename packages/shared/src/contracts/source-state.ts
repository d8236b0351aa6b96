import { z } from "zod";

/** The part of a watcher's cursor (bucket `state`, key `watcher.<route>`) that consoles show. Times in epoch ms. */
export const SourceState = z.object({
  nextPollAtMs: z.number(),
  lastPollAtMs: z.number().optional(),
  /** Failures in a row; absent when the last poll worked. */
  failing: z
    .object({ count: z.number(), sinceMs: z.number(), code: z.string(), message: z.string(), suspended: z.boolean() })
    .optional(),
});
export type SourceState = z.infer<typeof SourceState>;
