import { onTestFinished } from "vitest";
import { startSource, type CatalogOptions, type EditableSource } from "@lockstep/sandbox";
import { openCatalogSource } from "@lockstep/shared/catalog-source";
import type { CatalogRoute } from "@lockstep/shared/config";
import type { Bus } from "@lockstep/shared/runtime";
import { watchRoute, type Outlook } from "../handler.ts";
import { changesOn } from "../publish-change.ts";
import { clockFrom, configOf, memoryLog, type Clock, type LogLines, type World } from "./world.ts";

/** One watcher's view of one route, a look at a time. */
export interface Replica extends LogLines {
  readonly clock: Clock;
  look(signal?: AbortSignal): Promise<Outlook>;
  /** Puts the clock to the next poll, then looks. */
  poll(signal?: AbortSignal): Promise<Outlook>;
}

interface ReplicaOptions {
  readonly clock?: Clock;
  readonly isStarting?: boolean;
  /** Stands in for the connection: a death in the middle of a poll. */
  readonly bus?: (bus: Bus) => Bus;
}

/** A replica with a connection of its own. */
export async function startReplica(world: World, route: CatalogRoute, options: ReplicaOptions = {}): Promise<Replica> {
  const connection = await world.connect();
  const bus = options.bus?.(connection) ?? connection;
  const clock = options.clock ?? clockFrom();
  const { log, lines } = memoryLog();
  const source = openCatalogSource(route.source);
  onTestFinished(() => source[Symbol.asyncDispose]());
  const watched = {
    bus,
    changes: changesOn(bus),
    log,
    holder: crypto.randomUUID(),
    now: clock.now,
    source,
    route,
    isStarting: options.isStarting ?? false,
  };
  const look = (signal = new AbortController().signal) => watchRoute(watched, signal);
  return {
    log,
    lines,
    clock,
    look,
    poll(signal) {
      clock.advance(route.triggers.interval * 1.1);
      return look(signal);
    },
  };
}

/** A route of a source, with more of its own configuration. */
export function routeOf(
  name: string,
  url: string,
  more: { readonly source?: string; readonly triggers?: string } = {},
) {
  const config = configOf(`
routes:
  ${name}:
    kind: catalog
    source: { url: ${url}, ${more.source ?? "categories: [text]"} }
    targets: { t: { repository: acme/${name} } }
    triggers: { interval: 60s, reconcile: 24h${more.triggers === undefined ? "" : `, ${more.triggers}`} }
`);
  const [route] = config.current.routes.values();
  if (route?.kind !== "catalog") throw new Error("the test's configuration has no catalog route");
  return route;
}

let names = 0;
/** A name that no other test of the file has. */
export const uniqueName = (): string => `route-${(names += 1)}`;

/** A source of two categories, until the test is over. */
export async function sourceOf(options: Partial<CatalogOptions> = {}): Promise<EditableSource> {
  const source = await startSource({ catalogs: { text: { a: { v: 1 } }, image: { a: { v: 1 } } }, ...options });
  onTestFinished(() => source.close());
  return source;
}

/** A source, a route and a replica that has set the baseline. */
export async function watchedRoute(
  world: World,
  more: Parameters<typeof routeOf>[2] = {},
  options: Partial<CatalogOptions> = {},
) {
  const source = await sourceOf(options);
  const route = routeOf(uniqueName(), source.url, more);
  const replica = await startReplica(world, route);
  await replica.look();
  return { source, route, replica };
}

/** A connection that dies at the so-manyeth write of a cursor from now on, before or after the server has it. */
export function dyingBus(bus: Bus, atWrite: number): Bus {
  let writes = 0;
  return {
    ...bus,
    bucket(name) {
      const bucket = bus.bucket(name);
      if (name !== "state") return bucket;
      return {
        ...bucket,
        write(key, value, options) {
          writes += 1;
          return writes >= atWrite ? Promise.reject(new Error("killed")) : bucket.write(key, value, options);
        },
      };
    },
  };
}
