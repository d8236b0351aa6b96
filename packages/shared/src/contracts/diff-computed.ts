import { z } from "zod";
import { diffCause } from "./diff-cause.ts";
import { defineEvent, type EventData } from "./define-event.ts";
import { ObjectId, RouteKind, Sha256 } from "./names.ts";
import { RepositoryIdentity } from "./repository-identity.ts";

export const ChangeCounts = z.object({
  added: z.int().nonnegative(),
  removed: z.int().nonnegative(),
  modified: z.int().nonnegative(),
});
export type ChangeCounts = z.infer<typeof ChangeCounts>;

/** The first names of each list, at most 20. */
const FirstNames = z.object({
  added: z.array(z.string()).max(20),
  removed: z.array(z.string()).max(20),
  modified: z.array(z.string()).max(20),
});

/** A part of a route (a catalog's category) that could not be looked at; the rest goes on (I10). */
export const FailedPart = z.object({ part: z.string(), code: z.string(), message: z.string().max(2000) });
export type FailedPart = z.infer<typeof FailedPart>;

/** What a diff was computed against: path → blob at the base's tip, null where the file is missing. */
export const ComputedAgainst = z.object({
  branch: z.string(),
  tip: ObjectId,
  files: z.record(z.string(), ObjectId.nullable()),
});

/**
 * The comparator knows what a target should have. Published for every target after every
 * change-detected, an empty one too: that is how a stale pull request is closed and a waiter answered.
 */
export const diffComputed = defineEvent({
  name: "diff-computed",
  data: z.object({
    kind: RouteKind,
    ...diffCause,
    counts: ChangeCounts,
    names: FirstNames,
    /** Name of a `CatalogContent` in the object store; absent where nothing changes and nothing failed. */
    content: Sha256.optional(),
    repository: RepositoryIdentity,
    computedAgainst: ComputedAgainst,
    failed: z.array(FailedPart),
  }),
  tokens: ["kind", "route", "target"],
  // A second look at the same change may find another tip, or read what failed before: that is another diff.
  id: ({ route, target, throughSeq, diffId, computedAgainst, failed }) =>
    `diff:${route}.${target}:${throughSeq}:${diffId.slice(0, 16)}:${computedAgainst.tip.slice(0, 16)}:${failed.length}`,
});
export type DiffComputed = EventData<typeof diffComputed>;
