import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import type { RepositoryIdentity } from "@lockstep/shared/contracts";
import { SyncError } from "@lockstep/shared/runtime";
import { openCacheFolder, replaceCacheFolder, type CacheFolderOptions } from "../cache-folder.ts";
import { withLock } from "../cache-lock.ts";
import type { CacheLog } from "../repository-cache.ts";
import { fetchMissing, type FetchQuestion } from "./fetch-missing.ts";
import type { GitRemoteAccess } from "./remote-access.ts";

export interface MirrorSource extends GitRemoteAccess {
  readonly identity: RepositoryIdentity;
}

/** What a cache of a source's objects holds for its destinations, which share it. */
export interface MirrorObjects {
  readonly folder: string;
  /** Objects of those asked for as `known` that are here. */
  readonly known: readonly string[];
}

/** Bare repositories of objects, one a source, for as many destinations as it has. */
export interface MirrorCache {
  /**
   * Makes sure that the wanted objects are there, with all that they need, under the cache's lock. A cache that is
   * broken is rebuilt. Throws what git says; `GIT_OBJECT_GONE` if the source has an object no more.
   */
  fetch(source: MirrorSource, question: FetchQuestion, signal: AbortSignal): Promise<MirrorObjects>;
  /** Throws the cache away: what was read from it was broken. */
  discard(source: MirrorSource, signal: AbortSignal): Promise<void>;
}

export interface MirrorCacheOptions {
  readonly folder: string;
  readonly log?: CacheLog;
}

export function mirrorCache({ folder, log }: MirrorCacheOptions): MirrorCache {
  const root = resolve(folder);
  const place = (source: MirrorSource, signal: AbortSignal) => {
    const name = folderName(source.identity);
    const cache: CacheFolderOptions = { git: source.git, path: join(root, `${name}.git`), url: source.url, signal };
    return { cache, lock: join(root, "locks", name) };
  };
  return {
    fetch(source, question, signal) {
      const { cache, lock } = place(source, signal);
      return withLock(lock, signal, async () => {
        const opened = await openCacheFolder(cache);
        if (opened === "rebuilt") log?.warn({ source: source.identity }, "cache was broken and is rebuilt");
        try {
          return await fetchMissing({ source, folder: cache.path }, question, signal);
        } catch (error) {
          if (!(error instanceof SyncError) || error.code !== "GIT_CORRUPT_CACHE") throw error;
          log?.warn({ source: source.identity, error }, "cache is broken and is rebuilt");
          await replaceCacheFolder(cache);
          return await fetchMissing({ source, folder: cache.path }, question, signal);
        }
      });
    },
    discard(source, signal) {
      const { cache, lock } = place(source, signal);
      return withLock(lock, signal, () => replaceCacheFolder(cache));
    },
  };
}

/** Safe on any file system whatever the identity holds; the first part is for people who look. */
function folderName(identity: RepositoryIdentity): string {
  const readable = identity.replace(/[^a-z0-9]+/g, "-").slice(0, 60);
  return `${readable}-${createHash("sha256").update(identity).digest("hex").slice(0, 16)}`;
}
