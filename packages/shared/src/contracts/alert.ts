import { z } from "zod";
import { defineEvent, type EventData } from "./define-event.ts";
import { RouteName, TargetName } from "./names.ts";

/** Something needs a person: a source that keeps failing, a guard that tripped, a stale target. */
export const alert = defineEvent({
  name: "alert",
  data: z.object({
    route: RouteName,
    target: TargetName.optional(),
    /** Stable; docs/operations.md explains it. */
    code: z.string(),
    message: z.string().max(2000),
    /** The occurrence, so that saying it twice is saying it once (I3). */
    cause: z.string().max(200),
  }),
  tokens: ["route"],
  id: ({ route, target, code, cause }) => `alert:${route}.${target ?? ""}:${code}:${cause}`,
});
export type Alert = EventData<typeof alert>;
