import { z } from "zod";
import { ComponentName, ComponentVersion } from "./component.ts";
import { defineEvent, type EventData } from "./define-event.ts";
import { DiffId, ObjectId, RouteName, Sequence, TargetName } from "./names.ts";

/**
 * `applied`: the installation runs the wanted release; `offered`: an update waits for a person or its turn;
 * `up-to-date`: there is nothing to do; `blocked`: it needs a newer image; `rolled-back`: the new release did not
 * become healthy and the one before runs again; `failed`: nothing was switched, or neither release runs.
 */
export const UpdateResult = z.enum(["applied", "offered", "up-to-date", "blocked", "rolled-back", "failed"]);
export type UpdateResult = z.infer<typeof UpdateResult>;

/** What is true of an installation now (I4). */
export const updateApplied = defineEvent({
  name: "update-applied",
  data: z.object({
    route: RouteName,
    /** The installation's id. */
    target: TargetName,
    result: UpdateResult,
    /** Components that differ, or would; null: absent. `applied` and `rolled-back`: what was switched. */
    components: z.array(
      z.object({ name: ComponentName, from: ComponentVersion.nullable(), to: ComponentVersion.nullable() }),
    ),
    /** Components left out by toggle or request although they differ. */
    skipped: z.array(ComponentName),
    /** Why it is not applied, for a person. */
    reason: z.string().max(2000).optional(),
    /** Stable, with `failed` and `rolled-back`; docs/operations.md explains it. */
    code: z.string().optional(),
    /** The last lines of the application that did not become healthy, without secrets (I9). */
    logTail: z.string().max(8000).optional(),
    /** The release that runs now. */
    release: z.int().nonnegative().optional(),
    commit: ObjectId.optional(),
    /** How long requests waited or were turned away, in ms; 0: nobody noticed. */
    downtimeMs: z.number().nonnegative().optional(),
    /** The same was reported of the same content before: true still, and news to nobody. */
    repeated: z.boolean().optional(),
    /** The wanted content; of the diff this answers. */
    diffId: DiffId,
    throughSeq: Sequence,
    /** Things that a person should know and that stopped nothing: local edits that were kept aside. */
    warnings: z.array(z.string().max(500)),
  }),
  tokens: ["route", "target"],
  id: ({ route, target, throughSeq, result, release }) =>
    `applied:${route}.${target}:${throughSeq}:${result}:${release ?? "none"}`,
});
export type UpdateApplied = EventData<typeof updateApplied>;
