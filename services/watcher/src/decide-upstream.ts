import type { Route } from "@lockstep/shared/config";
import type { PrPublished, RouteName } from "@lockstep/shared/contracts";

/** The routes that an outcome of another one concerns: those `after` it, when something was merged. Pure. */
export function decideUpstream(
  { route, action, repeated }: Pick<PrPublished, "route" | "action" | "repeated">,
  routes: ReadonlyMap<RouteName, Route>,
): readonly Route[] {
  if (action !== "merged" || repeated) return [];
  return [...routes.values()].filter(({ triggers }) => triggers.after.includes(route));
}
