import { homedir } from "node:os";
import { join } from "node:path";

/** Where a program keeps its clones, which can be made again: LOCKSTEP_CACHE, or `lockstep` in the user's cache folder. */
export function clonesFolder(env: Readonly<Record<string, string | undefined>>, program: string): string {
  const usual = join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "lockstep");
  return join(env["LOCKSTEP_CACHE"] ?? usual, program);
}
