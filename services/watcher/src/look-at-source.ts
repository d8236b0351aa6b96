import { createHash } from "node:crypto";
import type { CatalogSource } from "@lockstep/shared/catalog-source";
import { SyncError, TransientError } from "@lockstep/shared/runtime";
import type { CategorySeen } from "./cursor.ts";
import type { Failure } from "./decide-failure.ts";
import { decideFetch, type Observation } from "./decide-poll.ts";

export interface SourceLook {
  /** Category → what was seen; `undefined` where it could not be looked at. */
  readonly observed: ReadonlyMap<string, Observation | undefined>;
  readonly failures: ReadonlyMap<string, Failure>;
}

/** Looks at every category, one after the other over one connection. One that fails leaves the others alone (I10). */
export async function lookAtSource(
  source: CatalogSource,
  baseline: ReadonlyMap<string, CategorySeen | undefined>,
  signal: AbortSignal,
): Promise<SourceLook> {
  const observed = new Map<string, Observation | undefined>();
  const failures = new Map<string, Failure>();
  for (const [category, seen] of baseline) {
    try {
      observed.set(category, await lookAtCategory({ source, category, seen }, signal));
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      observed.set(category, undefined);
      const retryAfterMs = error instanceof TransientError ? error.retryAfterMs : undefined;
      failures.set(category, { code: error.code, message: error.message, retryAfterMs });
    }
  }
  return { observed, failures };
}

interface Looked {
  readonly source: CatalogSource;
  readonly category: string;
  readonly seen: CategorySeen | undefined;
}

/**
 * Where a category has no time of its own the content tells. The time of the whole source would not do: it is the
 * newest of all, so a category that is restored to an older state does not move it.
 */
async function lookAtCategory({ source, category, seen }: Looked, signal: AbortSignal): Promise<Observation> {
  const lastUpdated = await source.lastUpdated(category, signal);
  if (!decideFetch(seen, lastUpdated)) return { kind: "same-timestamp", lastUpdated };
  const answer = await source.category(category, signal, seen);
  if (answer.kind === "unchanged") return { kind: "not-modified", lastUpdated, dateMs: answer.dateMs };
  const { bytes, validators, dateMs } = answer;
  const hash = createHash("sha256").update(bytes).digest("hex");
  return { kind: "content", lastUpdated, hash, validators, dateMs };
}
