import { z } from "zod";
import { ChangeCounts } from "./diff-computed.ts";
import { ObjectId, Sha256 } from "./names.ts";

/** One record that differs. `fields` is ready to be shown: `before → after` for each field, cut to a length. */
export const ModifiedRecord = z.object({
  name: z.string(),
  fields: z.array(z.object({ field: z.string(), before: z.string().optional(), after: z.string().optional() })),
});
export type ModifiedRecord = z.infer<typeof ModifiedRecord>;

/** What one category of a catalog becomes at a target. */
export const CategoryChange = z.object({
  category: z.string(),
  /** Path of the file in the repository. */
  path: z.string(),
  /** Blob this was computed against, null where the file is new. */
  baseBlob: ObjectId.nullable(),
  /** Name of the wanted file's bytes in the object store. */
  wanted: Sha256,
  bytes: z.int().nonnegative(),
  counts: ChangeCounts,
  /** Base records (a record and its generated duplicates count once) in the target's file, for the guards. */
  baseRecords: z.int().nonnegative(),
  /** Changes of base records, for `minChanges` and `maxDeletions`. */
  baseCounts: ChangeCounts,
  added: z.array(z.string()),
  removed: z.array(z.string()),
  modified: z.array(ModifiedRecord),
  /** Removed records that only a person had added at the target since the last merge (I8). */
  targetOnly: z.array(z.string()),
  /** Other records in which something a person wrote since the last merge is lost (I8). */
  overwritten: z.array(z.string()).optional(),
  /**
   * Records left as people have them: name → hash of the source's record at that time, null where it had none.
   * Comes back with the baseline once this is merged.
   */
  kept: z.record(z.string(), z.string().nullable()).optional(),
  /** Source records left out because they are faulty. */
  faults: z.array(z.object({ record: z.string(), field: z.string(), message: z.string() })),
});
export type CategoryChange = z.infer<typeof CategoryChange>;

/** The content of a catalog diff: everything the publisher needs to write and to tell. Kept in the object store. */
export const CatalogContent = z.object({
  version: z.literal(1),
  /** Human name of the source for titles and commit subjects. */
  sourceName: z.string(),
  categories: z.array(CategoryChange),
});
export type CatalogContent = z.infer<typeof CatalogContent>;
