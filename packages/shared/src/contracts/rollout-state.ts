import { z } from "zod";
import { DiffId, ObjectId, Sequence, TargetName } from "./names.ts";

/** An installation that a rollout has begun. Times in epoch ms. */
export const RolloutStart = z.object({
  /** Counts from 1. */
  wave: z.int().positive(),
  atMs: z.number(),
  /** EVENTS sequence of the change under which it was begun: older outcomes are not about it. */
  seq: Sequence,
  end: z
    .object({ result: z.enum(["applied", "failed"]), atMs: z.number(), reason: z.string().max(1000).optional() })
    .optional(),
  /** A person lifted the halt after it had failed: it causes no other. */
  excused: z.boolean().optional(),
});
export type RolloutStart = z.infer<typeof RolloutStart>;

/**
 * How far a release has got among the installations of a route: the comparator's record (bucket `state`, key
 * `comparator.<route>`, field `record`). It outlives the installations' own keys: one that failed and is gone lifts no
 * halt. The watcher reads `nextLookAtMs`, consoles the rest.
 */
export const RolloutState = z.object({
  /** The release that is rolled out; another one begins anew. */
  diffId: DiffId,
  commit: ObjectId,
  /** Counts from 1. */
  wave: z.int().positive(),
  of: z.int().positive(),
  started: z.record(TargetName, RolloutStart),
  /** Every installation of the present wave had finished by then. */
  waveEndedAtMs: z.number().optional(),
  halted: z.object({ instance: TargetName, reason: z.string().max(1000), atMs: z.number(), seq: Sequence }).optional(),
  /** Something is due then although nothing may have happened: a soak ends, a window opens, a start times out. */
  nextLookAtMs: z.number().optional(),
});
export type RolloutState = z.infer<typeof RolloutState>;

/** The comparator's watermark of a deployment route, of which others read the record alone. */
export const StoredRollout = z.object({ record: RolloutState.optional().catch(undefined) });
