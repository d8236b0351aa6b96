import { createHash } from "node:crypto";
import type { CountOrPercent } from "@lockstep/shared/config";
import type { TargetName } from "@lockstep/shared/contracts";

/**
 * The wave of each installation, counted from 1. Installations stand in the order of a hash of their ids, so that
 * the same ones go first each time, whoever else is there; each wave reaches at least as many as the one before it, and
 * the last one all. Pure.
 */
export function rolloutCohorts(
  instances: readonly TargetName[],
  waves: readonly CountOrPercent[],
): ReadonlyMap<TargetName, number> {
  const ordered = instances
    .map((id) => ({ id, hash: createHash("sha256").update(id).digest("hex") }))
    .toSorted((one, other) => (one.hash < other.hash ? -1 : 1));
  let reached = 0;
  const ends = waves.map((wave, index) => {
    const size = "count" in wave ? wave.count : Math.ceil((ordered.length * wave.percent) / 100);
    reached = index === waves.length - 1 ? ordered.length : Math.min(ordered.length, Math.max(reached, size));
    return reached;
  });
  return new Map(ordered.map(({ id }, place) => [id, 1 + ends.findIndex((end) => place < end)]));
}
