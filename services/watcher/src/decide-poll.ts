import { createHash } from "node:crypto";
import type { CategorySeen } from "./cursor.ts";

/** What one look at a category found. `lastUpdated` as in CategorySeen. */
export type Observation = { readonly lastUpdated: number | null | undefined } & (
  | { readonly kind: "content"; readonly hash: string; readonly etag: string | undefined; readonly dateMs: number }
  /** The validator of the earlier answer still holds. */
  | { readonly kind: "not-modified"; readonly dateMs: number }
  /** The timestamp says that nothing changed; the content was not asked for. */
  | { readonly kind: "same-timestamp" }
);

/** Whether the content must be asked for, or the timestamp says enough. Pure. */
export function decideFetch(seen: CategorySeen | undefined, lastUpdated: number | null | undefined): boolean {
  if (seen === undefined || lastUpdated === undefined || lastUpdated === null) return true;
  return lastUpdated !== seen.lastUpdated || !seen.settled;
}

export type PollDecision =
  /** There was nothing to compare with: this is the baseline. */
  | { readonly kind: "baseline"; readonly categories: Readonly<Record<string, CategorySeen>> }
  | { readonly kind: "unchanged"; readonly categories: Readonly<Record<string, CategorySeen>> }
  /** `revision` stands for what was seen: equal content and timestamps, equal revision. */
  | {
      readonly kind: "changed";
      readonly categories: Readonly<Record<string, CategorySeen>>;
      readonly revision: string;
    };

/**
 * Compares what was seen with the baseline. Any difference counts: a timestamp that went backwards (a restore),
 * null that became a value, equal seconds with another hash. Categories that could not be looked at keep their
 * part of the baseline (I6); those no longer asked for lose it. Pure.
 */
export function decidePoll(
  baseline: Readonly<Record<string, CategorySeen>> | undefined,
  observed: ReadonlyMap<string, Observation | undefined>,
): PollDecision {
  const categories: Record<string, CategorySeen> = {};
  let changed = false;
  for (const [category, observation] of observed) {
    const before = baseline?.[category];
    const now = observation === undefined ? before : seenNow(before, observation);
    if (now === undefined) continue;
    categories[category] = now;
    changed ||= before === undefined || now.hash !== before.hash || now.lastUpdated !== before.lastUpdated;
  }
  if (baseline === undefined) return { kind: "baseline", categories };
  if (!changed) return { kind: "unchanged", categories };
  return { kind: "changed", categories, revision: revisionOf(categories) };
}

function seenNow(before: CategorySeen | undefined, observation: Observation): CategorySeen | undefined {
  const { lastUpdated } = observation;
  switch (observation.kind) {
    case "same-timestamp":
      return before;
    case "not-modified":
      return before && { ...before, lastUpdated, settled: isSettled(lastUpdated, observation.dateMs) };
    case "content": {
      const { hash, etag, dateMs } = observation;
      return { lastUpdated, hash, settled: isSettled(lastUpdated, dateMs), ...(etag === undefined ? {} : { etag }) };
    }
  }
}

function isSettled(lastUpdated: number | null | undefined, dateMs: number): boolean {
  return typeof lastUpdated === "number" && Math.floor(dateMs / 1000) > lastUpdated;
}

/** A revision of what was seen, opaque to everybody else. */
export function revisionOf(categories: Readonly<Record<string, CategorySeen>>): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(categories).toSorted())
    hash.update(JSON.stringify([name, categories[name]?.lastUpdated ?? null, categories[name]?.hash]));
  return hash.digest("hex").slice(0, 32);
}
