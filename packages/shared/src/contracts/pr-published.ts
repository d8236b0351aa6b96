import { z } from "zod";
import { defineEvent, type EventData } from "./define-event.ts";
import { ChangeCounts, FailedPart } from "./diff-computed.ts";
import { DiffId, ObjectId, RouteName, Sequence, TargetName } from "./names.ts";
import { RepositoryIdentity } from "./repository-identity.ts";

export const PullRequestAction = z.enum(["opened", "updated", "unchanged", "reopened", "closed", "merged", "held"]);
export type PullRequestAction = z.infer<typeof PullRequestAction>;

/** What is true of a pull request now (I4). `action` compares it with the last stored report. */
export const prPublished = defineEvent({
  name: "pr-published",
  data: z.object({
    route: RouteName,
    target: TargetName,
    action: PullRequestAction,
    repository: RepositoryIdentity,
    branch: z.string(),
    categories: z.array(z.string()),
    counts: ChangeCounts,
    failed: z.array(FailedPart),
    /** Why it is held, closed or left alone, for a person. */
    reason: z.string().max(2000).optional(),
    /** The same was reported of the same content before: true still, and news to nobody. */
    repeated: z.boolean().optional(),
    number: z.int().positive().optional(),
    url: z.url().optional(),
    head: ObjectId.optional(),
    diffId: DiffId,
    throughSeq: Sequence,
    /** Outcomes of the same run still to come (one for each branch). */
    remaining: z.int().nonnegative(),
    /** Things that did not work and did not matter: an unknown label, a reviewer without access. */
    warnings: z.array(z.string().max(500)),
  }),
  tokens: ["route", "target"],
  id: ({ route, target, throughSeq, branch, action }) =>
    `published:${route}.${target}:${throughSeq}:${branch}:${action}`,
});
export type PrPublished = EventData<typeof prPublished>;
