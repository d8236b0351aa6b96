import { z } from "zod";
import { Instant } from "./names.ts";
import { RunOptions } from "./trigger.ts";

/**
 * An entry of the bucket `requests`, key `<route>.<target>.<EVENTS sequence of the trigger>`: what a person allowed.
 * It holds for content that was looked at after that sequence, and is deleted when it was used.
 */
export const RunRequest = z.object({
  requestId: z.string(),
  options: RunOptions,
  requestedAt: Instant,
});
export type RunRequest = z.infer<typeof RunRequest>;
