import { z } from "zod";
import { ObjectId } from "./names.ts";

/** A part of an installation that has a version of its own. Also a folder's name on its disk. */
export const ComponentName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, "must be 1 to 64 of A-Z, a-z, 0-9, '_', '.' and '-'")
  .brand<"ComponentName">();
export type ComponentName = z.infer<typeof ComponentName>;

/** A version as the manifest writes it: a whole number that counts up, or a version such as `1.10.0`. */
export const ComponentVersion = z.union([z.int().nonnegative(), z.string().min(1).max(256)]);
export type ComponentVersion = z.infer<typeof ComponentVersion>;

/** What stands at a component's path in a commit: a folder's tree, or a single file's blob. */
export const ComponentObject = z.object({
  /** `040000` (folder), `100644`, `100755` or `120000` (symbolic link). */
  mode: z.enum(["040000", "100644", "100755", "120000"]),
  id: ObjectId,
});
export type ComponentObject = z.infer<typeof ComponentObject>;
