import { createRefFilter, type RefFilter } from "@lockstep/git/mirror";
import type { CatalogRoute, CatalogTarget, Config, ConfigStore, MirrorRoute } from "@lockstep/shared/config";
import type { RepositoryIdentity } from "@lockstep/shared/contracts";
import { targetRefs, type TargetRefs } from "../target-refs.ts";

/** A route that a repository matters to, and as what. */
export type Concern =
  | {
      readonly role: "target";
      readonly route: CatalogRoute;
      readonly target: CatalogTarget;
      readonly refs: TargetRefs;
    }
  /** A mirror reads from it. */
  | { readonly role: "source"; readonly route: MirrorRoute; readonly filter: RefFilter }
  /** A mirror writes to it. */
  | { readonly role: "destination"; readonly route: MirrorRoute };

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
    route.kind === "mirror" ? mirrorConcerns(route) : route.kind === "catalog" ? targetConcerns(route) : [],
  );
  const index = new Map<RepositoryIdentity, Concern[]>();
  for (const [identity, concern] of concerns) index.set(identity, [...(index.get(identity) ?? []), concern]);
  return index;
}

type Indexed = readonly [RepositoryIdentity, Concern];

function targetConcerns(route: CatalogRoute): readonly Indexed[] {
  return route.targets.map((target): Indexed => [
    target.identity,
    { role: "target", route, target, refs: targetRefs(route, target) },
  ]);
}

function mirrorConcerns(route: MirrorRoute): readonly Indexed[] {
  return [
    [route.source.identity, { role: "source", route, filter: createRefFilter(route.refs) }],
    ...route.targets.map(({ identity }): Indexed => [identity, { role: "destination", route }]),
  ];
}

/** What a webhook that names a route is about: its source. Pure. */
export function concernsOf({ routes }: Config, name: string): readonly Concern[] {
  const route = [...routes.values()].find((one) => one.name === name);
  if (route === undefined) return [];
  if (route.kind === "mirror") return [{ role: "source", route, filter: createRefFilter(route.refs) }];
  return route.kind === "catalog" ? targetConcerns(route).map(([, concern]) => concern) : [];
}
