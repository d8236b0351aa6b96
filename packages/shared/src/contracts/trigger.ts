import { z } from "zod";
import { ComponentName } from "./component.ts";
import { defineEvent, type EventData } from "./define-event.ts";
import { DiffId, RouteName, TargetName } from "./names.ts";

/** Permissions a person gives for one run; kept in the bucket `requests`, never on work messages. */
export const RunOptions = z.object({
  /** Lets a held deletion through (I7). */
  allowDeletions: z.boolean().optional(),
  /** Takes over a branch that carries a person's commits (I8). */
  recreate: z.boolean().optional(),
  /** The permissions hold for this content only; for the next content looked at where absent. */
  diffId: DiffId.optional(),
  /** Lets components be lowered to the version that the source names. */
  allowDowngrade: z.boolean().optional(),
  /** Installs anew what has the right version and other content. */
  reinstall: z.boolean().optional(),
  /** Only these components. */
  components: z.array(ComponentName).max(200).optional(),
  /** Leaves these components out, in place of the installation's saved toggles. */
  skipComponents: z.array(ComponentName).max(200).optional(),
  /** Applies what is offered. */
  apply: z.boolean().optional(),
  /** Lifts a rollout's halt. */
  resume: z.boolean().optional(),
});
export type RunOptions = z.infer<typeof RunOptions>;

/** Somebody wants a route looked at now. Every field is optional: `nats pub lockstep.trigger.my-route ''`. */
export const trigger = defineEvent({
  name: "trigger",
  data: z.object({
    route: RouteName,
    reason: z.string().max(500).optional(),
    /** Names the request: the same id is the same request, however often it is sent. */
    requestId: z
      .string()
      .regex(/^[\w:.-]{1,128}$/)
      .optional(),
    /** The targets the options are for; all of the route's where absent. */
    targets: z.array(TargetName).optional(),
    options: RunOptions.optional(),
  }),
  tokens: ["route"],
  id: ({ route, requestId }) => `trigger:${route}:${requestId ?? crypto.randomUUID()}`,
});
export type Trigger = EventData<typeof trigger>;
