import { z } from "zod";
import { diffCause } from "./diff-cause.ts";
import { defineEvent, type EventData } from "./define-event.ts";
import { ChangeCounts } from "./diff-computed.ts";
import { Sha256 } from "./names.ts";
import { RepositoryIdentity } from "./repository-identity.ts";

/**
 * The `diff-computed` of a mirror: the refs that a destination should have. `counts` is against what the destination
 * last acknowledged; the publisher works it out again under its lease.
 */
export const mirrorDiff = defineEvent({
  name: "diff-computed",
  data: z.object({
    kind: z.literal("mirror"),
    ...diffCause,
    counts: ChangeCounts,
    /** Name of the wanted refs in the object store, in the words of `formatRefs`. */
    content: Sha256,
    repository: RepositoryIdentity,
  }),
  tokens: ["kind", "route", "target"],
  id: ({ route, target, throughSeq, diffId }) => `diff:${route}.${target}:${throughSeq}:${diffId.slice(0, 16)}`,
});
export type MirrorDiff = EventData<typeof mirrorDiff>;
