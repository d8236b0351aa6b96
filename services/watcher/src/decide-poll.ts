import { createHash } from "node:crypto";
import type { Validators } from "@lockstep/shared/catalog-source";
import type { CategorySeen, Cursor } from "./cursor.ts";

/** What one look at a category found. `lastUpdated` as in CategorySeen, `dateMs` the source's clock at the answer. */
export type Observation = { readonly lastUpdated: number | null | undefined } & (
  | {
      readonly kind: "content";
      readonly hash: string;
      readonly validators: Validators;
      readonly dateMs: number | undefined;
    }
  /** The validator of the earlier answer still holds. */
  | { readonly kind: "not-modified"; readonly dateMs: number | undefined }
  /** The timestamp says that nothing changed; the content was not asked for. */
  | { readonly kind: "same-timestamp" }
);

/** Whether the content must be asked for, or the timestamp says enough. Pure. */
export function decideFetch(seen: CategorySeen | undefined, lastUpdated: number | null | undefined): boolean {
  if (seen === undefined || lastUpdated === undefined || lastUpdated === null) return true;
  return lastUpdated !== seen.lastUpdated || !seen.settled;
}

type Categories = Readonly<Record<string, CategorySeen>>;

export type PollDecision =
  /** There was nothing to compare with: this is the baseline. */
  | { readonly kind: "baseline"; readonly categories: Categories }
  | { readonly kind: "unchanged"; readonly categories: Categories }
  /** `revision` stands for what was seen: equal content and timestamps, equal revision. */
  | { readonly kind: "changed"; readonly categories: Categories; readonly revision: string };

/**
 * Compares what was seen with the baseline. Any difference counts: a timestamp that went backwards (a restore),
 * null that became a value, equal seconds with another hash. Categories that could not be looked at keep their
 * part of the baseline (I6); those no longer asked for lose it. A change whose announcement was begun and perhaps
 * heard is followed by another, even if the source is back where it was. Pure.
 */
export function decidePoll(
  { categories: baseline, announcing }: Pick<Cursor, "categories" | "announcing">,
  observed: ReadonlyMap<string, Observation | undefined>,
): PollDecision {
  const categories: Record<string, CategorySeen> = {};
  let changed = announcing !== undefined;
  for (const [category, observation] of observed) {
    const before = baseline?.[category];
    const now = observation === undefined ? before : seenNow(before, observation);
    if (now === undefined) continue;
    categories[category] = now;
    changed ||= before === undefined || differs(before, now);
  }
  if (baseline === undefined) return { kind: "baseline", categories };
  if (!changed) return { kind: "unchanged", categories };
  return { kind: "changed", categories, revision: revisionOf(categories) };
}

/** Missing metadata says nothing, so it can neither come nor go: the content tells. */
function differs(before: CategorySeen, now: CategorySeen): boolean {
  if (now.hash !== before.hash) return true;
  const isTold = now.lastUpdated !== undefined && before.lastUpdated !== undefined;
  return isTold && now.lastUpdated !== before.lastUpdated;
}

function seenNow(before: CategorySeen | undefined, observation: Observation): CategorySeen | undefined {
  switch (observation.kind) {
    case "same-timestamp":
      return before;
    case "not-modified":
      return before && { ...before, ...timeNow(before, observation) };
    case "content": {
      const { hash, validators } = observation;
      const same = before?.hash === hash ? before : undefined;
      return { hash, ...defined(validators), ...timeNow(same, observation) };
    }
  }
}

type Timed = Extract<Observation, { readonly dateMs: number | undefined }>;

/** The time of the content: the metadata's, or where that is missing the one that the same content had before. */
function timeNow(
  same: CategorySeen | undefined,
  { lastUpdated, dateMs }: Timed,
): Pick<CategorySeen, "lastUpdated" | "settled"> {
  if (lastUpdated !== undefined) return { lastUpdated, settled: isSettled(lastUpdated, dateMs) };
  if (same?.lastUpdated === undefined) return { settled: false };
  return { lastUpdated: same.lastUpdated, settled: same.settled };
}

function isSettled(lastUpdated: number | null, dateMs: number | undefined): boolean {
  return lastUpdated !== null && dateMs !== undefined && Math.floor(dateMs / 1000) > lastUpdated;
}

function defined({ etag, lastModified }: Validators): Pick<CategorySeen, "etag" | "lastModified"> {
  return { ...(etag === undefined ? {} : { etag }), ...(lastModified === undefined ? {} : { lastModified }) };
}

/** A revision of what was seen, opaque to everybody else. Pure. */
export function revisionOf(categories: Categories): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(categories).toSorted())
    hash.update(JSON.stringify([name, categories[name]?.lastUpdated ?? null, categories[name]?.hash]));
  return hash.digest("hex").slice(0, 32);
}

/** The revision that an event carries when nothing new was looked at. Pure. */
export function revisionNow(cursor: Pick<Cursor, "categories"> | undefined): string {
  return cursor?.categories === undefined ? "unknown" : revisionOf(cursor.categories);
}
