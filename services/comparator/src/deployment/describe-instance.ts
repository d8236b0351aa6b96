import type { Blocked, DiffId, InstanceInventory, UpdateApplied } from "@lockstep/shared/contracts";
import type { ComponentComparison } from "./compare-components.ts";
import type { RolloutInstance } from "./plan-rollout.ts";

interface Known {
  readonly inventory: InstanceInventory;
  readonly diffId: DiffId;
  readonly comparison: ComponentComparison;
  readonly blocked: Blocked | undefined;
  readonly outcome: UpdateApplied | undefined;
  readonly pinned: boolean;
}

/** An installation as the rollout sees it. Pure. */
export function describeInstance(known: Known): RolloutInstance {
  const { inventory, comparison, blocked, pinned } = known;
  const needs = comparison.components.some(({ state, skipped }) => state === "update" && !skipped);
  return {
    id: inventory.instance,
    state: blocked === undefined ? (needs ? "needs" : "done") : "blocked",
    pinned,
    isUnhealthy: inventory.health === "unhealthy" || inventory.health === "stopped",
    failure: failureOf(known),
  };
}

function failureOf({ inventory, diffId, outcome }: Known): RolloutInstance["failure"] {
  if (inventory.held?.diffId === diffId) return { seq: 0, reason: inventory.held.reason, held: true };
  return reportedFailure(outcome, diffId);
}

/** The failure that a report of this release tells of. Pure. */
export function reportedFailure(outcome: UpdateApplied | undefined, diffId: DiffId): RolloutInstance["failure"] {
  if (outcome?.diffId !== diffId) return undefined;
  const { result, reason, code, throughSeq } = outcome;
  if (result !== "failed" && result !== "rolled-back") return undefined;
  return { seq: throughSeq, reason: reason ?? code ?? result, held: false };
}

/** What the manifest asks of the image, where the installation's does not do. Pure. */
export function blockedBy(minRuntime: number, { runtime }: InstanceInventory): Blocked | undefined {
  if (minRuntime <= runtime) return undefined;
  const message = `needs runtime ${minRuntime}, this image has ${runtime}: a new image is needed`;
  return { remoteMinRuntime: minRuntime, localRuntime: runtime, message };
}
