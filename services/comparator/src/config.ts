import { clonesFolder } from "@lockstep/git";

/** The comparator's part of the environment. */
export interface ComparatorEnvironment {
  /** Folder of its clones; a replica's own. */
  readonly cacheFolder: string;
}

/** LOCKSTEP_CACHE, or the user's cache folder. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): ComparatorEnvironment {
  return { cacheFolder: clonesFolder(env, "comparator") };
}
