import { z } from "zod";
import { defineEvent, type EventData } from "./define-event.ts";
import { DiffId, ObjectId, RouteName, Sequence, TargetName } from "./names.ts";
import { RepositoryIdentity } from "./repository-identity.ts";

/** How many of each list an outcome names; the counts are whole. */
export const shownRefs = 100;

/** A ref's full name: the specification of git allows no control characters and no spaces in it. */
export const RefName = z
  .string()
  .max(1000)
  .regex(/^refs\/[^\p{Cc} ~^:?*[\\]+$/u, "must be a full ref name");

/** A ref that was created (no `from`), moved, or deleted (no `to`). */
export const RefUpdate = z.object({ ref: RefName, from: ObjectId.optional(), to: ObjectId.optional() });
export type RefUpdate = z.infer<typeof RefUpdate>;

/** A ref that the destination did not take, and its words. */
export const RejectedRef = RefUpdate.extend({ reason: z.string().max(500) });
export type RejectedRef = z.infer<typeof RejectedRef>;

const list = z.array(RefUpdate).max(shownRefs);

/** What is true of a mirror's destination now (I4). Lists hold the first of each kind, `counts` all. */
export const refsMirrored = defineEvent({
  name: "refs-mirrored",
  data: z.object({
    route: RouteName,
    target: TargetName,
    repository: RepositoryIdentity,
    action: z.enum(["mirrored", "unchanged", "held"]),
    created: list,
    updated: list,
    deleted: list,
    /** Refs that somebody else had moved at the destination: overwritten, or kept where the route says so. */
    diverged: list,
    rejected: z.array(RejectedRef).max(shownRefs),
    counts: z.object({
      created: z.int().nonnegative(),
      updated: z.int().nonnegative(),
      deleted: z.int().nonnegative(),
      diverged: z.int().nonnegative(),
      rejected: z.int().nonnegative(),
    }),
    /** Wanted refs that the destination has not got after this. */
    lagging: z.int().nonnegative(),
    /** Why it is held or left alone, for a person. */
    reason: z.string().max(2000).optional(),
    /** The same was reported of the same content before: true still, and news to nobody. */
    repeated: z.boolean().optional(),
    diffId: DiffId,
    throughSeq: Sequence,
  }),
  tokens: ["route", "target"],
  id: ({ route, target, throughSeq, action }) => `mirrored:${route}.${target}:${throughSeq}:${action}`,
});
export type RefsMirrored = EventData<typeof refsMirrored>;
