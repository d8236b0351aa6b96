import type { CatalogRoute, CatalogTarget, Config } from "@lockstep/shared/config";
import type { DiffComputed } from "@lockstep/shared/contracts";

export interface FoundTarget {
  readonly route: CatalogRoute;
  readonly target: CatalogTarget;
  /** Another target of the route is in the same repository: their branches must not meet. */
  readonly shared: boolean;
}

/** Finds a diff's target in our configuration; where that says otherwise, the words say how. Pure. */
export function findTarget(config: Config, diff: DiffComputed): FoundTarget | { readonly differs: string } {
  const route = config.routes.get(diff.route);
  if (route === undefined || route.kind !== "catalog") return { differs: `there is no catalog route ${diff.route}` };
  const target = route.targets.find(({ name }) => name === diff.target);
  if (target === undefined) return { differs: `route ${diff.route} has no target ${diff.target}` };
  if (target.identity !== diff.repository)
    return { differs: `${diff.target} is ${target.identity} here, and ${diff.repository} in the diff` };
  const { branch } = diff.computedAgainst;
  if (target.branch !== branch)
    return { differs: `${diff.target} is branch ${target.branch} here, and ${branch} in the diff` };
  return { route, target, shared: route.targets.filter(({ identity }) => identity === target.identity).length > 1 };
}
