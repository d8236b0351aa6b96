import { currentAccount } from "@lockstep/git";
import type { CatalogSource } from "@lockstep/shared/catalog-source";
import type { ConfigStore, Route } from "@lockstep/shared/config";
import type { RouteName } from "@lockstep/shared/contracts";
import type { Bus, Log } from "@lockstep/shared/runtime";
import { createAgenda } from "./agenda.ts";
import { watchRoute, type Outlook } from "./handler.ts";
import type { Changes } from "./publish-change.ts";
import { openSource, watchedRoute, type WatchedRoute } from "./watched-route.ts";

export interface WatchSurroundings {
  readonly bus: Bus;
  readonly changes: Changes;
  readonly log: Log;
  readonly holder: string;
  readonly config: ConfigStore;
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number;
}

/** What is known of the routes that are watched. */
export interface RouteStatus {
  readonly route: RouteName;
  /** In milliseconds since the epoch. */
  readonly nextMs: number;
  readonly failing: Outlook["failing"];
}

export interface RouteWatch {
  /** Looks at the route as soon as possible. */
  wake(route: RouteName): void;
  status(): readonly RouteStatus[];
  /** Runs until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
}

interface Item {
  readonly route: WatchedRoute;
  readonly source: CatalogSource;
}

const polledAtOnce = 8;
const longestSleepMs = 5 * 60_000;

/** Polls every route when it is due, a few at a time, and follows the configuration. */
export function watchRoutes(around: WatchSurroundings): RouteWatch {
  const { config, log, now } = around;
  const account = currentAccount(() => config.current);
  const github = () => account().credentials;
  const starting = new Set<RouteName>();
  const failing = new Map<RouteName, Outlook["failing"]>();
  const agenda = createAgenda<RouteName, Item>({
    atOnce: polledAtOnce,
    longestSleepMs,
    now,
    async look(item, signal) {
      const { name } = item.route;
      const outlook = await watchRoute({ ...around, ...item, isStarting: starting.has(name) }, signal);
      if (!outlook.isTaken) starting.delete(name);
      failing.set(name, outlook.failing);
      return outlook.nextMs;
    },
    onFailure: ({ route }, error) => log.warn({ error, route: route.name }, "look failed, will be repeated"),
    release: ({ source }) => Promise.resolve(source[Symbol.asyncDispose]()),
  });
  const known = new Map<RouteName, Route>();
  /** Takes up the routes of the present configuration; one that changed begins anew with its stored cursor. */
  const adopt = () => {
    const { routes } = config.current;
    for (const name of known.keys())
      if (!routes.has(name)) {
        known.delete(name);
        starting.delete(name);
        failing.delete(name);
        agenda.delete(name);
      }
    for (const [name, route] of routes) {
      if (known.get(name) === route) continue;
      if (!known.has(name)) starting.add(name);
      known.set(name, route);
      agenda.set(name, { route: watchedRoute(route), source: openSource(route, github) }, 0);
    }
  };
  config.onChange(adopt);
  adopt();

  return {
    wake: (route) => agenda.wake(route),
    status: () => [...agenda.dueTimes()].map(([route, nextMs]) => ({ route, nextMs, failing: failing.get(route) })),
    run: (signal) => agenda.run(signal),
  };
}
