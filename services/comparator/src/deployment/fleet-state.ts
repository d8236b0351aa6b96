import {
  InstanceInventory,
  RunRequest,
  TargetName,
  updateApplied,
  type RouteName,
  type UpdateApplied,
} from "@lockstep/shared/contracts";
import { readJson, type Bus } from "@lockstep/shared/runtime";

/** What the comparator needs to know of a route's installations. */
export interface FleetState {
  /** Ids of the live ones. */
  ids(route: RouteName): Promise<readonly TargetName[]>;
  /** What the live ones say of themselves; an entry that cannot be read is passed over. */
  inventories(route: RouteName): Promise<readonly InstanceInventory[]>;
  /** The last report of an installation, live or not. */
  lastOutcome(route: RouteName, instance: TargetName): Promise<UpdateApplied | undefined>;
  /** EVENTS sequence of the newest request to lift a halt; 0 for none. */
  resumedSeq(route: RouteName): Promise<number>;
}

export function fleetStateOn(bus: Bus): FleetState {
  const keysOf = (route: RouteName) => bus.bucket("instances").keys(`${route}.*`);
  return {
    async ids(route) {
      const names = (await keysOf(route)).map((key) => TargetName.safeParse(key.split(".")[1]));
      return names.flatMap(({ data }) => data ?? []);
    },
    async inventories(route) {
      const read = async (key: string) => (await readJson(bus.bucket("instances"), key, InstanceInventory)).value;
      const found = await Promise.all((await keysOf(route)).map(read));
      return found.filter((inventory) => inventory !== undefined);
    },
    async lastOutcome(route, target) {
      const last = await bus.last("EVENTS", updateApplied.subject({ route, target }));
      return last && updateApplied.parse(last.subject, last.body);
    },
    async resumedSeq(route) {
      const requests = bus.bucket("requests");
      const sequences = await Promise.all(
        (await requests.keys(`${route}.*.*`)).map(async (key) => {
          const { value } = await readJson(requests, key, RunRequest);
          return value?.options.resume ? Number(key.split(".").at(-1)) : 0;
        }),
      );
      return Math.max(0, ...sequences);
    },
  };
}
