import type { CatalogRoute, CatalogTarget, Config, ConfigStore } from "@lockstep/shared/config";
import type { RepositoryIdentity } from "@lockstep/shared/contracts";
import { targetRefs, type TargetRefs } from "../target-refs.ts";

/** A route that a repository matters to, and as what. Mirrors add the role `source`. */
export interface Concern {
  readonly role: "target";
  readonly route: CatalogRoute;
  readonly target: CatalogTarget;
  readonly refs: TargetRefs;
}

/** Finds the routes that a repository matters to. */
export type RepositoryIndex = (repository: RepositoryIdentity) => readonly Concern[];

/** Looked up by identity in an index that is made anew when the configuration changes, not for each delivery. */
export function repositoryIndex(config: ConfigStore): RepositoryIndex {
  let built: { readonly of: Config; readonly index: ReadonlyMap<RepositoryIdentity, readonly Concern[]> } | undefined;
  return (repository) => {
    const { current } = config;
    if (built?.of !== current) built = { of: current, index: buildIndex(current) };
    return built.index.get(repository) ?? [];
  };
}

/** Pure. */
function buildIndex({ routes }: Config): ReadonlyMap<RepositoryIdentity, readonly Concern[]> {
  const concerns = [...routes.values()].flatMap((route) =>
    route.targets.map((target): Concern => ({ role: "target", route, target, refs: targetRefs(route, target) })),
  );
  return Map.groupBy(concerns, ({ target }) => target.identity);
}
