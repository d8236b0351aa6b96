import { z } from "zod";
import { DiffId, Instant, ObjectId, PublishedBaseline, Sequence, Sha256 } from "@lockstep/shared/contracts";

/** A file as a pull request has it: what it was computed against, and what it becomes. */
const PublishedFile = z.object({
  /** Blob at the base, null where the file was new. */
  base: ObjectId.nullable(),
  /** Blob that we wrote. */
  wanted: ObjectId,
  /** The same bytes' name in the object store. */
  content: Sha256,
  /** Records left as people have them (see `CategoryChange.kept`): they become part of the baseline with the merge. */
  kept: z.record(z.string(), z.string().nullable()).optional(),
});
export type PublishedFile = z.infer<typeof PublishedFile>;

/** What was true of one branch when it was last reported. */
const BranchRecord = z.object({
  /** The category it carries; absent for a branch of all categories. */
  category: z.string().optional(),
  state: z.enum(["none", "open", "closed", "merged"]),
  number: z.int().positive().optional(),
  url: z.string().optional(),
  createdAt: Instant.optional(),
  endedAt: Instant.optional(),
  closedBy: z.enum(["us", "person"]).optional(),
  /** The commit that we pushed, and the base's tip that is its parent. */
  head: ObjectId.optional(),
  base: ObjectId.optional(),
  /** Hash of the wanted content of all its files. */
  content: Sha256.optional(),
  /** Hash of what title and body were made from. */
  text: Sha256.optional(),
  /** Path → file, as pushed. */
  files: z.record(z.string(), PublishedFile),
  /** Keys of the comments we made on its pull request. */
  comments: z.array(z.string()),
  /** Why it is held, and the occurrence that an alert was sent for. */
  held: z.object({ code: z.string(), cause: z.string() }).optional(),
});
export type BranchRecord = z.infer<typeof BranchRecord>;

/** The publisher's memory of one route and target, stored with the watermark. */
const PublisherRecord = z.object({
  version: z.literal(1),
  branches: z.record(z.string(), BranchRecord),
  ...PublishedBaseline.shape,
  /** The content whose deletions a person allowed. */
  allowed: DiffId.optional(),
  /** When pull requests were opened, within the last hour. */
  opened: z.array(Instant),
  /** What was said about which event, so that looking at it again says only what is new. */
  reported: z.object({ throughSeq: Sequence, outcomes: z.array(z.string()) }).optional(),
});
export type PublisherRecord = z.infer<typeof PublisherRecord>;

const empty: PublisherRecord = { version: 1, branches: {}, baseline: {}, opened: [] };

/** Reads what was stored; `undefined` if there is something and it is not ours to read. */
export function readRecord(stored: unknown): PublisherRecord | undefined {
  if (stored === undefined || stored === null) return empty;
  const parsed = PublisherRecord.safeParse(stored);
  return parsed.success ? parsed.data : undefined;
}

/** Where nothing is known, everything is found again at the forge. */
export const emptyRecord = empty;

/** A branch nothing was ever done with. */
export const newBranchRecord: BranchRecord = { state: "none", files: {}, comments: [] };
