import { createHash } from "node:crypto";
import type { ChangeCause, InstanceInventory, RolloutState } from "@lockstep/shared/contracts";
import type { FleetCursor } from "./fleet-cursor.ts";

/** What is to be said about a route's installations, and the cursor once it is said (I6). */
export interface FleetDecision {
  readonly causes: readonly ChangeCause[];
  readonly cursor: FleetCursor;
}

interface FleetLook {
  readonly before: FleetCursor | undefined;
  readonly inventories: readonly InstanceInventory[];
  /** When the comparator wants a look, in epoch ms. */
  readonly dueMs: RolloutState["nextLookAtMs"];
  readonly nowMs: number;
}

/** The comparator's clock may be behind ours: what is still due after this is said again. */
const repeatMs = 30_000;

/**
 * A rollout is looked at when an installation comes, goes or has become another, and when its own time has come: the
 * end of a soak, the opening of a window. Ids come from what was seen, so that replicas say it once (I3). Pure.
 */
export function decideFleet({ before, inventories, dueMs, nowMs }: FleetLook): FleetDecision {
  const fingerprint = fingerprintOf(inventories);
  const isNew = before === undefined ? inventories.length > 0 : fingerprint !== before.fingerprint;
  const changes = (before?.changes ?? 0) + (isNew ? 1 : 0);
  const said = before?.said?.dueMs === dueMs ? before?.said : undefined;
  const isDue = dueMs !== undefined && dueMs <= nowMs && nowMs >= (said?.atMs ?? 0) + repeatMs;
  const saying = isDue ? { dueMs, atMs: nowMs, times: (said?.times ?? 0) + 1 } : said;
  return {
    causes: [
      ...(isNew ? [{ kind: "rollout" as const, id: `fleet:${changes}:${fingerprint.slice(0, 16)}` }] : []),
      ...(isDue ? [{ kind: "rollout" as const, id: `due:${dueMs}:${saying?.times}` }] : []),
    ],
    cursor: { fingerprint, changes, ...(saying === undefined ? {} : { said: saying }) },
  };
}

/** Everything that a rollout asks of an installation; a heartbeat is not among it. */
function fingerprintOf(inventories: readonly InstanceInventory[]): string {
  const told = inventories.map((inventory) => [
    inventory.instance,
    inventory.runtime,
    Object.entries(inventory.components).toSorted(([one], [other]) => (one < other ? -1 : 1)),
    inventory.skipComponents.toSorted(),
    inventory.release?.number ?? null,
    inventory.held?.diffId ?? null,
    inventory.health === "unhealthy" || inventory.health === "stopped",
  ]);
  const ordered = told.map((one) => JSON.stringify(one)).toSorted();
  return createHash("sha256").update(ordered.join("\n")).digest("hex");
}
