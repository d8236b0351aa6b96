import { setTimeout as pause } from "node:timers/promises";
import { openCatalogSource, type CatalogSource } from "@lockstep/shared/catalog-source";
import type { CatalogRoute, ConfigStore } from "@lockstep/shared/config";
import type { RouteName } from "@lockstep/shared/contracts";
import type { Bus, Log } from "@lockstep/shared/runtime";
import { watchRoute } from "./handler.ts";

export interface WatchSurroundings {
  readonly bus: Bus;
  readonly log: Log;
  readonly holder: string;
  readonly config: ConfigStore;
}

interface Entry {
  readonly route: CatalogRoute;
  readonly source: CatalogSource;
  /** Epoch ms. */
  dueMs: number;
  busy: boolean;
}

/** Another replica may have moved a cursor, a clock may have jumped: nothing is believed for longer. */
const longestSleepMs = 5 * 60_000;
const shortestSleepMs = 20;
const failedMs = 5000;
const polledAtOnce = 8;

export interface RouteWatch {
  /** Looks at the route as soon as possible. */
  wake(route: RouteName): void;
  /** Runs until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
}

/** Polls every catalog route when it is due, a few at a time, and follows the configuration. */
export function watchRoutes(around: WatchSurroundings): RouteWatch {
  const entries = new Map<RouteName, Entry>();
  const running = new Set<Promise<void>>();
  let rouse = new AbortController();
  const wakeAll = () => rouse.abort();
  around.config.onChange(wakeAll);

  const look = async (entry: Entry, signal: AbortSignal) => {
    entry.busy = true;
    try {
      const nextMs = await watchRoute({ ...around, route: entry.route, source: entry.source }, signal);
      entry.dueMs = Math.min(nextMs, Date.now() + longestSleepMs);
    } catch (error) {
      if (!signal.aborted) around.log.warn({ error, route: entry.route.name }, "look failed, will be repeated");
      entry.dueMs = Date.now() + failedMs;
    } finally {
      entry.busy = false;
      wakeAll();
    }
  };

  return {
    wake(route) {
      const entry = entries.get(route);
      if (entry !== undefined) entry.dueMs = 0;
      wakeAll();
    },
    async run(signal) {
      while (!signal.aborted) {
        await adopt(entries, around.config);
        const due = [...entries.values()].filter(({ busy, dueMs }) => !busy && dueMs <= Date.now());
        for (const entry of due.slice(0, Math.max(0, polledAtOnce - running.size))) {
          const task = look(entry, signal).finally(() => running.delete(task));
          running.add(task);
        }
        await sleep(untilNext(entries, running.size), AbortSignal.any([signal, rouse.signal]));
        if (rouse.signal.aborted) rouse = new AbortController();
      }
      await Promise.all(running);
      for (const { source } of entries.values()) await source[Symbol.asyncDispose]();
    },
  };
}

/** Takes up the routes of the present configuration; one that changed begins anew with its stored cursor. */
async function adopt(entries: Map<RouteName, Entry>, config: ConfigStore): Promise<void> {
  const { routes } = config.current;
  for (const [name, entry] of entries)
    if (routes.get(name) !== entry.route && !entry.busy) {
      entries.delete(name);
      await entry.source[Symbol.asyncDispose]();
    }
  for (const [name, route] of routes)
    if (!entries.has(name))
      entries.set(name, { route, source: openCatalogSource(route.source), dueMs: 0, busy: false });
}

function untilNext(entries: ReadonlyMap<RouteName, Entry>, running: number): number {
  if (running >= polledAtOnce) return longestSleepMs;
  const next = Math.min(...[...entries.values()].filter(({ busy }) => !busy).map(({ dueMs }) => dueMs));
  return Math.min(longestSleepMs, Math.max(shortestSleepMs, next - Date.now()));
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
