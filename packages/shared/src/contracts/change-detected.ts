import { z } from "zod";
import { defineEvent, type EventData } from "./define-event.ts";
import { Instant, ObjectId, RouteKind, RouteName } from "./names.ts";

/** Why the watcher looked, and the occurrence that made it look. */
export const ChangeCause = z.object({
  kind: z.enum(["poll", "webhook", "manual", "startup", "upstream", "reconcile", "rollout"]),
  /** The occurrence: `<revision before>:<hash of the new>` for a poll, the EVENTS sequence of a trigger … */
  id: z.string().min(1).max(200),
});
export type ChangeCause = z.infer<typeof ChangeCause>;

/** The watcher knows that a route must be looked at. Says nothing about what changed. */
export const changeDetected = defineEvent({
  name: "change-detected",
  data: z.object({
    kind: RouteKind,
    route: RouteName,
    /** Opaque: equal only to itself. */
    revision: z.string().max(256),
    trigger: ChangeCause,
    detectedAt: Instant,
    /** Counts up in each route; gaps at the comparator are merged bursts. */
    ordinal: z.int().positive(),
    /** What a webhook said the source has: a source that lags behind its own webhook is asked again until then. */
    announced: z.object({ ref: z.string().max(1000), object: ObjectId }).optional(),
  }),
  tokens: ["kind", "route"],
  id: ({ route, trigger }) => `change:${route}:${trigger.kind}:${trigger.id}`,
});
export type ChangeDetected = EventData<typeof changeDetected>;
