import type { RouteStatus } from "./watch-routes.ts";

/** What the watcher knows of itself. Times in milliseconds since the epoch. */
export interface WatcherState {
  readonly isUp: boolean;
  readonly routes: readonly RouteStatus[];
  readonly targets: {
    readonly watched: number;
    readonly failing: readonly string[];
    readonly nextMs: number | undefined;
  };
  /** Where webhooks arrive; undefined: nowhere. */
  readonly webhooks: string | undefined;
  readonly counts: ReadonlyMap<string, number>;
}

const longestList = 20;

/** The fields of a status line: that the watcher is alive, and what it waits for. However many routes, one line. Pure. */
export function describeStatus(state: WatcherState, nowMs: number) {
  const { isUp, routes, targets, webhooks, counts } = state;
  const inOrder = routes.toSorted((one, other) => one.nextMs - other.nextMs);
  const isSuspended = ({ failing }: RouteStatus) => failing?.suspended === true;
  const at = (ms: number) => new Date(Math.max(ms, nowMs)).toISOString();
  const shorten = (names: readonly string[]) =>
    names.length <= longestList ? names : [...names.slice(0, longestList), `… and ${names.length - longestList} more`];
  return {
    connected: isUp,
    routes: routes.length,
    next: Object.fromEntries(inOrder.slice(0, longestList).map(({ route, nextMs }) => [route, at(nextMs)])),
    failing: shorten(routes.filter((one) => one.failing !== undefined && !isSuspended(one)).map(({ route }) => route)),
    suspended: shorten(routes.filter(isSuspended).map(({ route }) => route)),
    targets: {
      watched: targets.watched,
      failing: shorten(targets.failing),
      ...(targets.nextMs === undefined ? {} : { next: at(targets.nextMs) }),
    },
    webhooks: webhooks ?? "not configured",
    counts: Object.fromEntries(counts),
  };
}
