import type { Credentials } from "@lockstep/git";
import { openCatalogSource, type CatalogSource } from "@lockstep/shared/catalog-source";
import type { Route, TriggerOptions } from "@lockstep/shared/config";
import type { RouteName } from "@lockstep/shared/contracts";
import { tipSource, tipTimeoutMs } from "./tip-source.ts";

/** What the watcher must know of a route to look at its source, whatever its kind. */
export interface WatchedRoute {
  readonly kind: Route["kind"];
  readonly name: RouteName;
  readonly triggers: TriggerOptions;
  readonly source: {
    /** What is looked at one by one: the categories of a catalog; of a deployment its branch's tip. */
    readonly categories: readonly string[];
    /** Milliseconds for one request. */
    readonly timeout: number;
  };
}

export function watchedRoute(route: Route): WatchedRoute {
  if (route.kind === "catalog") return route;
  const { kind, name, triggers } = route;
  return { kind, name, triggers, source: { categories: ["tip"], timeout: tipTimeoutMs } };
}

/** The source of a route, ready to be polled. */
export function openSource(route: Route, github: () => Credentials | undefined): CatalogSource {
  return route.kind === "catalog" ? openCatalogSource(route.source) : tipSource(route, github);
}
