import { createGit, listRemoteRefs, tokenCredentials, type Credentials } from "@lockstep/git";
import type { CatalogSource } from "@lockstep/shared/catalog-source";
import type { DeploymentRoute } from "@lockstep/shared/config";
import { PermanentError } from "@lockstep/shared/runtime";

export const tipTimeoutMs = 60_000;

/** The tip of a deployment's branch as content without a time: what the host lists, never a fetch. */
export function tipSource({ source }: DeploymentRoute, github: () => Credentials | undefined): CatalogSource {
  const git = createGit({ limitMs: tipTimeoutMs });
  const ref = `refs/heads/${source.branch}`;
  return {
    lastUpdated: () => Promise.resolve(undefined),
    async category(_name, signal) {
      const credentials = source.token === undefined ? github() : tokenCredentials(source.url, source.token);
      const authorization = await credentials?.authorization(source.url, signal);
      const auth = authorization === undefined ? undefined : { url: source.url, authorization };
      const tip = (await git.run(listRemoteRefs(source.url, [ref]), { signal, auth })).get(ref);
      if (tip === undefined)
        throw new PermanentError("BRANCH_NOT_FOUND", `${source.url} has no branch ${source.branch}`, {
          hint: "Correct the source's branch in the configuration.",
        });
      return { kind: "content", bytes: Buffer.from(tip), validators: {}, dateMs: undefined };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
