import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import type { RepositoryIdentity } from "@lockstep/shared/contracts";
import { PermanentError, SyncError } from "@lockstep/shared/errors";
import { openCacheFolder, replaceCacheFolder, type CacheFolderOptions } from "./cache-folder.ts";
import { withLock } from "./cache-lock.ts";
import type { Credentials } from "./credentials.ts";
import { gitFolder } from "./git-folder.ts";
import type { Git } from "./git-task.ts";
import { openRepository } from "./open-repository.ts";
import type { Repository } from "./repository.ts";

export interface RemoteRepository {
  /** Without credentials. */
  readonly url: string;
  readonly identity: RepositoryIdentity;
  readonly credentials?: Credentials | undefined;
}

export interface RepositoryCache {
  /**
   * Opens the repository's cache for `work` and nobody else, in this process or another (I1): other users of the same
   * repository wait, of other repositories do not. If the cache turns out to be broken, it is rebuilt and `work` done
   * once more from the start. Throws what `work` throws, CACHE_FOREIGN_REMOTE, CACHE_BUSY and what git says.
   */
  use<Result>(
    remote: RemoteRepository,
    signal: AbortSignal,
    work: (repository: Repository) => Promise<Result>,
  ): Promise<Result>;
}

export interface RepositoryCacheOptions {
  readonly folder: string;
  readonly git: Git;
  readonly log?: CacheLog;
}

/** The part of a pino logger that is used here. */
export interface CacheLog {
  warn(fields: object, message: string): void;
}

/** A bare clone of each repository under one folder: without blobs, a commit deep, only the branches asked for. */
export function repositoryCache({ folder, git, log }: RepositoryCacheOptions): RepositoryCache {
  const root = resolve(folder);
  return {
    async use(remote, signal, work) {
      refuseBadUrl(remote.url);
      const name = folderName(remote.identity);
      const cache: CacheFolderOptions = { git, path: join(root, `${name}.git`), url: remote.url, signal };
      return withLock(join(root, "locks", name), signal, async () => {
        const opened = await openCacheFolder(cache);
        if (opened === "rebuilt") log?.warn({ repository: remote.identity }, "cache was broken and is rebuilt");
        const repository = openRepository(gitFolder({ ...cache, credentials: remote.credentials }));
        try {
          return await work(repository);
        } catch (error) {
          if (!(error instanceof SyncError) || error.code !== "GIT_CORRUPT_CACHE") throw error;
          log?.warn({ repository: remote.identity, err: error }, "cache is broken and is rebuilt");
          await replaceCacheFolder(cache);
          return await work(repository);
        }
      });
    },
  };
}

/** Safe on any file system whatever the identity holds; the first part is for people who look. */
function folderName(identity: RepositoryIdentity): string {
  const readable = identity.replace(/[^a-z0-9]+/g, "-").slice(0, 60);
  return `${readable}-${createHash("sha256").update(identity).digest("hex").slice(0, 16)}`;
}

function refuseBadUrl(url: string): void {
  if (!URL.canParse(url)) {
    throw new PermanentError("GIT_URL_INVALID", `${url} is no URL of a repository`, {
      hint: "Write it as https://host/owner/name.git.",
    });
  }
  const { host, username, password } = new URL(url);
  if (username === "" && password === "") return;
  throw new PermanentError("GIT_URL_WITH_CREDENTIALS", `the URL of a repository at ${host} holds credentials`, {
    hint: "Write the URL without them and configure a token or a GitHub App.",
  });
}
