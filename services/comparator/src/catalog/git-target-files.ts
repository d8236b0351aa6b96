import { LRUCache } from "lru-cache";
import type { Credentials, Repository, RepositoryCache, TreeEntry } from "@lockstep/git";
import type { CatalogTarget } from "@lockstep/shared/config";
import { PermanentError, SyncError } from "@lockstep/shared/errors";
import type { TargetFile, TargetFiles, TargetLook } from "./target-files.ts";

interface GitTargets {
  readonly cache: RepositoryCache;
  /** Asked each time: the configuration may have changed. */
  readonly credentials: () => Credentials | undefined;
}

type Blobs = LRUCache<string, Uint8Array>;

const rememberedBytes = 128 * 1024 ** 2;

/** Targets read through the cache of bare clones: one fetch, and only the blobs that were not seen before. */
export function gitTargetFiles({ cache, credentials }: GitTargets): TargetFiles {
  const blobs: Blobs = new LRUCache({ maxSize: rememberedBytes, sizeCalculation: ({ length }) => Math.max(1, length) });
  return {
    remember({ blob, bytes }) {
      blobs.set(blob, bytes);
    },
    read({ target, blobs: asked }, signal) {
      const remote = { url: target.gitUrl, identity: target.identity, credentials: credentials() };
      return cache.use(remote, signal, async (repository): Promise<TargetLook> => {
        const { base: tip } = await repository.fetchBase(target.branch);
        const paths = target.files.map(({ path }) => path);
        const entries = await repository.entriesAt(tip, paths);
        for (const [path, entry] of entries) refuseOthers(target, path, entry);
        const present = [...entries.values()].map(({ oid }) => oid);
        await load(repository, blobs, present);
        const files = paths.map((path): [string, TargetFile | null] => {
          const blob = entries.get(path)?.oid;
          const bytes = blob === undefined ? undefined : blobs.get(blob);
          return [path, blob === undefined || bytes === undefined ? null : { blob, bytes }];
        });
        return { tip, files: new Map(files), blobs: await loadMerged(repository, blobs, asked) };
      });
    },
  };
}

/** What was merged once may be gone from a history that was rewritten: then there is no base to compare with. */
async function loadMerged(repository: Repository, blobs: Blobs, asked: readonly string[]) {
  try {
    await load(repository, blobs, asked);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
  }
  return new Map(asked.flatMap((oid) => toEntry(oid, blobs.get(oid))));
}

function toEntry(oid: string, bytes: Uint8Array | undefined): [string, Uint8Array][] {
  return bytes === undefined ? [] : [[oid, bytes]];
}

async function load(repository: Repository, blobs: Blobs, wanted: readonly string[]): Promise<void> {
  const missing = wanted.filter((oid) => blobs.get(oid) === undefined);
  if (missing.length === 0) return;
  for (const [oid, bytes] of await repository.readBlobs(missing)) blobs.set(oid, bytes);
}

function refuseOthers(target: CatalogTarget, path: string, { mode }: TreeEntry): void {
  if (mode.startsWith("100")) return;
  throw new PermanentError(
    "TARGET_NOT_A_FILE",
    `${path} on ${target.branch} of ${target.repository} is no plain file`,
    {
      hint: "name another path in the target's files, or remove what stands there",
    },
  );
}
