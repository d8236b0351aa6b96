import type { Route } from "@lockstep/shared/config";
import { InstanceInventory, StoredRollout, type ComponentVersion, type RolloutState } from "@lockstep/shared/contracts";
import { readJson, type Bus } from "@lockstep/shared/runtime";

/** An installation as it says of itself. */
export interface InstanceStatus {
  readonly name: string;
  readonly health: InstanceInventory["health"];
  readonly release?: number;
  /** Component → version. */
  readonly components: Readonly<Record<string, ComponentVersion>>;
  readonly heartbeatAt: string;
  readonly lastOutcome?: { readonly result: string; readonly at: string };
}

export interface FleetStatus {
  /** Installations of a deployment route that are alive. */
  readonly instances?: readonly InstanceStatus[];
  /** Absent where none is under way. */
  readonly rollout?: RolloutState;
}

/** The installations of a route and its rollout; nothing for other routes. */
export async function readFleet(bus: Bus, { kind, name }: Route): Promise<FleetStatus> {
  if (kind !== "deployment") return {};
  const bucket = bus.bucket("instances");
  const keys = (await bucket.keys(`${name}.*`)).toSorted();
  const found = await Promise.all(keys.map(async (key) => (await readJson(bucket, key, InstanceInventory)).value));
  const rollout = (await readJson(bus.bucket("state"), `comparator.${name}`, StoredRollout)).value?.record;
  const instances = found.flatMap((inventory) => (inventory === undefined ? [] : [statusOf(inventory)]));
  return { instances, ...(rollout === undefined ? {} : { rollout }) };
}

function statusOf({ instance, health, release, components, heartbeatAt, outcome }: InstanceInventory): InstanceStatus {
  return {
    name: instance,
    health,
    components: Object.fromEntries(Object.entries(components).map(([name, { version }]) => [name, version])),
    heartbeatAt,
    ...(release === null ? {} : { release: release.number }),
    ...(outcome === undefined ? {} : { lastOutcome: { result: outcome.result, at: outcome.at } }),
  };
}
