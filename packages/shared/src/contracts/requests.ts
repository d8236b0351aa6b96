import { z } from "zod";
import { Instant } from "./names.ts";
import { RunOptions } from "./trigger.ts";

/** An entry of the bucket `requests`, key `<route>.<target>.<EVENTS sequence of the trigger>`: what a person allowed. */
export const RunRequest = z.object({
  requestId: z.string(),
  options: RunOptions,
  requestedAt: Instant,
});
export type RunRequest = z.infer<typeof RunRequest>;
