import { createGit, type Credentials, type Git } from "@lockstep/git";
import { createRefFilter, digestRefs, openRemote } from "@lockstep/git/mirror";
import { openCatalogSource, type CatalogSource } from "@lockstep/shared/catalog-source";
import type { MirrorRoute, Route, TriggerOptions } from "@lockstep/shared/config";
import type { RouteName } from "@lockstep/shared/contracts";
import { tipSource, tipTimeoutMs } from "./tip-source.ts";

/** What the watcher must know of a route to look at its source, whatever its kind. */
export interface WatchedRoute {
  readonly kind: Route["kind"];
  readonly name: RouteName;
  readonly triggers: TriggerOptions;
  readonly source: {
    /**
     * What is looked at one by one: the categories of a catalog; of a mirror its refs as a whole; of a deployment its
     * branch's tip.
     */
    readonly categories: readonly string[];
    /** Milliseconds for one request. */
    readonly timeout: number;
  };
}

const refsTimeoutMs = 60_000;

export function watchedRoute(route: Route): WatchedRoute {
  if (route.kind === "catalog") return route;
  const { kind, name, triggers } = route;
  const source =
    route.kind === "mirror"
      ? { categories: ["refs"], timeout: refsTimeoutMs }
      : { categories: ["tip"], timeout: tipTimeoutMs };
  return { kind, name, triggers, source };
}

/** The source of a route, ready to be polled. */
export function openSource(route: Route, github: () => Credentials | undefined): CatalogSource {
  switch (route.kind) {
    case "catalog":
      return openCatalogSource(route.source);
    case "mirror":
      return refsSource(route, { git: createGit(), github });
    case "deployment":
      return tipSource(route, github);
  }
}

interface RefsAccess {
  readonly git: Git;
  readonly github: () => Credentials | undefined;
}

/** The refs of a mirror's source as content without a time: a hash of what the host lists, never a fetch. */
function refsSource({ source, refs }: MirrorRoute, { git, github }: RefsAccess): CatalogSource {
  const { prefixes } = createRefFilter(refs);
  return {
    lastUpdated: () => Promise.resolve(undefined),
    async category(_name, signal) {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(refsTimeoutMs)]);
      const digest = await digestRefs(openRemote(source, { git, github: github() }), { prefixes }, limited);
      return { kind: "content", bytes: Buffer.from(digest), validators: {}, dateMs: undefined };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
