import { z } from "zod";
import { ObjectId, Sha256 } from "./names.ts";

/**
 * The part of the publisher's record of a mirror (bucket `state`, `publisher.<route>.<target>`, field `record`) that
 * the comparator reads: the refs that the destination has as far as it told us. All refs do not fit a key: they are
 * those of a content, with exceptions.
 */
export const MirrorProgress = z.object({
  acknowledged: z
    .object({
      /** Name of wanted refs in the object store. */
      content: Sha256,
      /** Ref → what the destination has instead, null for nothing. */
      except: z.record(z.string(), ObjectId.nullable()),
    })
    .optional(),
});
export type MirrorProgress = z.infer<typeof MirrorProgress>;
