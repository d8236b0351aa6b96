import { join } from "node:path";
import { z } from "zod";
import type { FileSystem } from "../store/file-system.ts";
import { replaceFile } from "../store/folders.ts";

const preferencesSchema = z.object({ skipComponents: z.array(z.string()) });
export type Preferences = z.output<typeof preferencesSchema>;

/** The saved toggles; a file that cannot be read counts as none. */
export async function readPreferences(files: FileSystem, root: string): Promise<Preferences> {
  const path = join(root, "preferences.json");
  if ((await files.look(path)) === undefined) return { skipComponents: [] };
  const text = (await files.read(path)).toString();
  try {
    return preferencesSchema.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return { skipComponents: [] };
    throw error;
  }
}

export function savePreferences(files: FileSystem, root: string, preferences: Preferences): Promise<void> {
  return replaceFile(files, join(root, "preferences.json"), JSON.stringify(preferences));
}
