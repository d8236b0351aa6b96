import { homedir } from "node:os";
import { join } from "node:path";

/** The comparator's part of the environment. */
export interface ComparatorEnvironment {
  /** Folder of its clones; a replica's own. */
  readonly cacheFolder: string;
}

/** LOCKSTEP_CACHE, or the user's cache folder. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): ComparatorEnvironment {
  const cache = env["LOCKSTEP_CACHE"] ?? join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "lockstep");
  return { cacheFolder: join(cache, "comparator") };
}
