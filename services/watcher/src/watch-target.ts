import type { Credentials, ServerRefs } from "@lockstep/git";
import type { CatalogRoute, CatalogTarget } from "@lockstep/shared/config";
import { ConflictError, SyncError, TransientError, type Bus, type Log } from "@lockstep/shared/runtime";
import { announce } from "./announce.ts";
import { routeCursor } from "./cursor.ts";
import type { CursorStore, Held } from "./cursor-store.ts";
import { suspendAfter, type Failure } from "./decide-failure.ts";
import { revisionNow } from "./decide-poll.ts";
import { claimTarget, decideTarget, decideTargetFailure, targetDueAt } from "./decide-target.ts";
import type { InTurn } from "./in-turn.ts";
import type { Changes } from "./publish-change.ts";
import { targetCursor, type TargetCursor } from "./target-cursor.ts";
import { onlyThatMatter, type TargetRefs } from "./target-refs.ts";

export interface WatchedTarget {
  readonly bus: Bus;
  readonly changes: Changes;
  readonly log: Log;
  /** Shared with whoever takes webhooks: only one of them tells of a repository at a time. */
  readonly inTurn: InTurn;
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number;
  readonly serverRefs: ServerRefs;
  readonly credentials: Credentials | undefined;
  readonly route: CatalogRoute;
  readonly target: CatalogTarget;
  readonly refs: TargetRefs;
}

export interface TargetOutlook {
  /** When to look again, in milliseconds since the epoch. */
  readonly nextMs: number;
  readonly isFailing: boolean;
}

/** Another replica was faster. */
const takenMs = 1000;

/** Looks at a target's branches if it is due and nobody else does: merges, pushes and deletions become changes. */
export async function watchTarget(watched: WatchedTarget, signal: AbortSignal): Promise<TargetOutlook> {
  const { bus, route, target, now } = watched;
  const intervalMs = route.triggers.targetInterval;
  const store = targetCursor(bus.bucket("state"), route.name, target.name);
  const { value, revision } = await store.read();
  const cursor = value ?? { generation: 0, nextLookAtMs: now() };
  const dueMs = targetDueAt(cursor, intervalMs);
  if (dueMs > now()) return { nextMs: dueMs, isFailing: cursor.failing !== undefined };
  try {
    const claimed = claimTarget(cursor, intervalMs, { ms: now(), random: Math.random() });
    const held = await store.write(claimed, revision);
    const after = await look({ ...watched, store, held }, signal);
    return { nextMs: after.nextLookAtMs, isFailing: after.failing !== undefined };
  } catch (error) {
    if (error instanceof ConflictError) return { nextMs: now() + takenMs, isFailing: cursor.failing !== undefined };
    throw error;
  }
}

type Looking = WatchedTarget & {
  readonly store: CursorStore<TargetCursor>;
  readonly held: Held<TargetCursor>;
};

async function look(looking: Looking, signal: AbortSignal): Promise<TargetCursor> {
  const { serverRefs, credentials, target, refs } = looking;
  try {
    const question = { url: target.gitUrl, prefixes: refs.prefixes, credentials };
    return await compare(looking, onlyThatMatter(await serverRefs.list(question, signal), refs), signal);
  } catch (error) {
    // A failure of NATS is none of the target.
    if (!(error instanceof SyncError) || error.code.startsWith("BUS_")) throw error;
    return await fall(looking, {
      code: error.code,
      message: error.message,
      retryAfterMs: error instanceof TransientError ? error.retryAfterMs : undefined,
    });
  }
}

async function compare(looking: Looking, now: Readonly<Record<string, string>>, signal: AbortSignal) {
  const { log, route, target, store, held } = looking;
  const { failing, announcing: _announcing, told: _told, ...cursor } = held.value;
  if (failing !== undefined) log.info({ route: route.name, target: target.name }, "target is back");
  const decision = decideTarget(held.value, now);
  switch (decision.kind) {
    case "unchanged":
      return failing === undefined ? held.value : (await store.write(cursor, held.revision)).value;
    case "baseline":
      return (await store.write({ ...cursor, refs: now }, held.revision)).value;
    case "changed":
      return await looking.inTurn(target.identity, () => tell(looking, { now, revision: decision.revision }, signal));
  }
}

interface Difference {
  readonly now: Readonly<Record<string, string>>;
  readonly revision: string;
}

/** The event first, then the cursor (I6). */
async function tell(looking: Looking, { now, revision: seen }: Difference, signal: AbortSignal): Promise<TargetCursor> {
  const { bus, log, route, target, store, held } = looking;
  const { failing: _failing, announcing: _announcing, ...cursor } = held.value;
  const id = `${target.name}:${cursor.generation}:${seen}`;
  const revision = revisionNow((await routeCursor(bus.bucket("state"), route.name).read()).value);
  const change = { kind: route.kind, route: route.name, revision, trigger: { kind: "poll" as const, id } };
  const announced = await announce(looking, { ...change, announcing: seen }, signal);
  log.info({ route: route.name, target: target.name, seq: announced.published.seq }, "target changed");
  const next = { ...cursor, refs: now, generation: cursor.generation + 1 };
  return (await store.write(next, announced.held.revision)).value;
}

async function fall({ log, route, target, store, held, now }: Looking, failure: Failure): Promise<TargetCursor> {
  const { failing: before } = held.value;
  const circumstances = { before, intervalMs: route.triggers.targetInterval, nowMs: now(), random: Math.random() };
  const fallen = decideTargetFailure(failure, circumstances);
  const fields = { route: route.name, target: target.name, code: failure.code, failures: fallen.failing.count };
  if (before === undefined || fallen.failing.count === suspendAfter)
    log.warn({ ...fields, message: failure.message }, "target cannot be looked at");
  return (await store.write({ ...held.value, ...fallen }, held.revision)).value;
}
