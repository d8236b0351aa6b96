import type { ConfigStore, DeploymentRoute } from "@lockstep/shared/config";
import { InstanceInventory, StoredRollout, type RouteName } from "@lockstep/shared/contracts";
import { ConflictError, readJson, type Bus, type Log } from "@lockstep/shared/runtime";
import { createAgenda } from "./agenda.ts";
import { routeCursor } from "./cursor.ts";
import { decideFleet } from "./decide-fleet.ts";
import { revisionNow } from "./decide-poll.ts";
import { fleetCursor } from "./fleet-cursor.ts";
import type { Changes } from "./publish-change.ts";

interface FleetSurroundings {
  readonly bus: Bus;
  readonly changes: Changes;
  readonly log: Log;
  readonly config: ConfigStore;
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number;
}

/** How late an installation that came, a soak that ended or a window that opened may be noticed. */
const lookEveryMs = 2000;
const lookedAtOnce = 8;

/** Looks at the installations of every deployment route, until the signal fires; follows the configuration. */
export function watchFleets(around: FleetSurroundings): { run(signal: AbortSignal): Promise<void> } {
  const { config, log, now } = around;
  const agenda = createAgenda<RouteName, DeploymentRoute>({
    atOnce: lookedAtOnce,
    longestSleepMs: lookEveryMs,
    now,
    async look(route, signal) {
      await watchFleet(around, route, signal);
      return now() + lookEveryMs;
    },
    onFailure: ({ name }, error) => log.warn({ error, route: name }, "installations cannot be looked at"),
  });
  let known: ReadonlySet<RouteName> = new Set();
  const adopt = () => {
    const routes = [...config.current.routes.values()].filter((route) => route.kind === "deployment");
    const names = new Set(routes.map(({ name }) => name));
    for (const name of known) if (!names.has(name)) agenda.delete(name);
    for (const route of routes) agenda.set(route.name, route, 0);
    known = names;
  };
  config.onChange(adopt);
  adopt();
  return { run: (signal) => agenda.run(signal) };
}

/** Looks once: the events first, then the cursor (I6). Of replicas that see the same one moves it. */
async function watchFleet(
  { bus, changes, log, now }: FleetSurroundings,
  { kind, name }: DeploymentRoute,
  signal: AbortSignal,
): Promise<void> {
  const state = bus.bucket("state");
  const store = fleetCursor(state, name);
  const { value: before, revision } = await store.read();
  const inventories = await readInventories(bus, name);
  const rollout = (await readJson(state, `comparator.${name}`, StoredRollout)).value?.record;
  const decision = decideFleet({ before, inventories, dueMs: rollout?.nextLookAtMs, nowMs: now() });
  for (const trigger of decision.causes) {
    const route = (await routeCursor(state, name).read()).value;
    const { seq } = await changes.publish({ kind, route: name, revision: revisionNow(route), trigger }, { signal });
    log.info({ route: name, seq, cause: trigger.id }, "rollout looked at");
  }
  if (JSON.stringify(before) === JSON.stringify(decision.cursor)) return;
  try {
    await store.write(decision.cursor, revision);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}

async function readInventories(bus: Bus, route: RouteName): Promise<readonly InstanceInventory[]> {
  const instances = bus.bucket("instances");
  const keys = await instances.keys(`${route}.*`);
  const found = await Promise.all(keys.map(async (key) => (await readJson(instances, key, InstanceInventory)).value));
  return found.filter((inventory) => inventory !== undefined);
}
