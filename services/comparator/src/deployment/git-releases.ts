import { tokenCredentials, type Credentials, type Repository, type RepositoryCache } from "@lockstep/git";
import type { DeploymentRoute } from "@lockstep/shared/config";
import { ComponentObject } from "@lockstep/shared/contracts";
import { readManifest, type ManifestReading } from "./read-manifest.ts";
import type { ReleaseLook, Releases } from "./releases.ts";

interface GitReleases {
  readonly cache: RepositoryCache;
  /** Asked each time: the configuration may have changed. */
  readonly github: () => Credentials | undefined;
}

/** Releases read through the cache of bare clones: a commit, its trees, and the manifest's blob alone. */
export function gitReleases({ cache, github }: GitReleases): Releases {
  return {
    read({ route, commit }, signal) {
      const { url, identity, branch, manifest, token } = route.source;
      const credentials = token === undefined ? github() : tokenCredentials(url, token);
      return cache.use({ url, identity, credentials }, signal, async (repository): Promise<ReleaseLook> => {
        const { base: tip } = await repository.fetchBase(branch);
        if (commit !== undefined) await repository.deepen([commit], 1);
        const at = commit ?? tip;
        const paths = route.components.map(({ path }) => path);
        const entries = await repository.entriesAt(at, [manifest, ...paths]);
        const objects = paths.flatMap((path): [string, ComponentObject][] => {
          const entry = entries.get(path);
          // A submodule is another repository: there is nothing here that could be installed.
          const object = ComponentObject.safeParse(entry && { mode: entry.mode, id: entry.oid });
          return object.success ? [[path, object.data]] : [];
        });
        return {
          commit: at,
          reading: await readAt(repository, route, entries.get(manifest)),
          objects: new Map(objects),
        };
      });
    },
  };
}

async function readAt(
  repository: Repository,
  { source }: DeploymentRoute,
  entry: { readonly mode: string; readonly oid: string } | undefined,
): Promise<ManifestReading> {
  if (entry?.mode.startsWith("100")) return readManifest(await repository.readBlob(entry.oid));
  const message = `${source.manifest} is no file on ${source.branch} of ${source.url}`;
  return { kind: "fault", fault: { code: "MANIFEST_MISSING", message } };
}
