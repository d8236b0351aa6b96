import { z } from "zod";

/** How far a key of a service has got, and what the service remembers for it: one write for both. */
export const watermarkSchema = z.object({
  /** Creation time of EVENTS. */
  created: z.string(),
  /** Everything up to this EVENTS sequence is carried out. */
  seq: z.number(),
  /** The last run ended as a dead letter of this code, for this content. */
  dead: z.object({ code: z.string(), content: z.string() }).optional(),
  /** Absent until a run stores one. */
  record: z.unknown().optional(),
});
export type Watermark = z.infer<typeof watermarkSchema>;

/** Consecutive failures of a key since its watermark. */
export const attemptsSchema = z.object({
  created: z.string(),
  seq: z.number(),
  failures: z.number(),
  nextTryAtMs: z.number(),
});
export type Attempts = z.infer<typeof attemptsSchema>;
