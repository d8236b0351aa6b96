import { alert } from "@lockstep/shared/contracts";
import type { CatalogSource } from "@lockstep/shared/catalog-source";
import type { CatalogRoute } from "@lockstep/shared/config";
import { ConflictError, type Bus, type Log, type Stored } from "@lockstep/shared/runtime";
import { readCursor, writeCursor, type Cursor } from "./cursor.ts";
import { decideDue, firstCursor, nextPoll } from "./decide-due.ts";
import { decideFailure, type Failure } from "./decide-failure.ts";
import { decidePoll, revisionOf } from "./decide-poll.ts";
import { lookAtSource, type SourceLook } from "./look-at-source.ts";
import { publishChange } from "./publish-change.ts";

export interface Watched {
  readonly bus: Bus;
  readonly log: Log;
  readonly holder: string;
  readonly source: CatalogSource;
  readonly route: CatalogRoute;
}

/** Another replica is busy with the route: look again after this. */
const takenMs = 1000;

/**
 * Polls a route if it is due and nobody else does, and returns when to ask again (epoch ms). The claim is a
 * compare-and-set on the cursor: a process that was frozen past it cannot move the cursor any more (I6).
 */
export async function watchRoute(watched: Watched, signal: AbortSignal): Promise<number> {
  const { bus, holder, route } = watched;
  const nowMs = Date.now();
  const read = await readCursor(bus.bucket("state"), route.name);
  const cursor = read.value ?? firstCursor(route.name, route.triggers, nowMs);
  const due = decideDue(cursor, route.triggers, { ms: nowMs, holder });
  try {
    switch (due.kind) {
      case "nothing":
        // Also the first cursor is stored, or each restart would begin the initial delay anew.
        if (read.value === undefined) await writeCursor(bus.bucket("state"), route.name, { ...read, value: cursor });
        return due.untilMs;
      case "reconcile":
        return await reconcile(watched, { value: cursor, revision: read.revision }, signal);
      case "poll":
        return await poll(watched, await claim(watched, { value: cursor, revision: read.revision }), signal);
    }
  } catch (error) {
    if (error instanceof ConflictError) return nowMs + takenMs;
    throw error;
  }
}

type Held = Stored<Cursor> & { readonly value: Cursor };

async function claim({ bus, holder, route }: Watched, { value, revision }: Held): Promise<Held> {
  // Each category costs at most three requests.
  const longestMs = 10_000 + 3 * route.source.timeout * route.source.categories.length;
  const claimed = { ...value, claim: { holder, untilMs: Date.now() + longestMs } };
  const held = await writeCursor(bus.bucket("state"), route.name, { value: claimed, revision });
  return { value: claimed, revision: held };
}

/** Says that the route must be looked at although nothing seems to have changed: what an event lost is made good. */
async function reconcile({ bus, route }: Watched, { value, revision }: Held, signal: AbortSignal): Promise<number> {
  const trigger = { kind: "reconcile" as const, id: `${value.reconciles + 1}` };
  await publishChange(bus, { kind: route.kind, route: route.name, revision: revisionNow(value), trigger }, signal);
  const nextReconcileAtMs = Date.now() + route.triggers.reconcile;
  const next = { ...value, reconciles: value.reconciles + 1, nextReconcileAtMs };
  await writeCursor(bus.bucket("state"), route.name, { value: next, revision });
  return Math.min(next.nextPollAtMs, nextReconcileAtMs);
}

/** The revision that an event carries when nothing new was looked at. */
export function revisionNow(cursor: Cursor | undefined): string {
  return cursor?.categories === undefined ? "unknown" : revisionOf(cursor.categories);
}

/** Look, decide, act, report. */
async function poll(watched: Watched, { value: cursor, revision }: Held, signal: AbortSignal): Promise<number> {
  const { bus, log, route, source } = watched;
  const baseline = new Map(route.source.categories.map((name) => [name, cursor.categories?.[name]]));
  const look = await lookAtSource(source, baseline, signal);
  for (const [category, failure] of look.failures)
    log.warn({ route: route.name, category, ...failure }, "cannot be read");
  const failure = wholeFailure(look);
  const next =
    failure === undefined ? await advance(watched, { cursor, look }, signal) : await fall(watched, cursor, failure);
  delete next.claim;
  next.lastPollAtMs = Date.now();
  await writeCursor(bus.bucket("state"), route.name, { value: next, revision });
  if (cursor.failing?.suspended && next.failing === undefined)
    log.info({ route: route.name }, "source is back, resumed");
  return Math.min(next.nextPollAtMs, next.nextReconcileAtMs);
}

/** The source has failed if nothing of it could be read; a single category is reported by the comparator. */
function wholeFailure({ observed, failures }: SourceLook): Failure | undefined {
  return failures.size > 0 && failures.size === observed.size ? [...failures.values()][0] : undefined;
}

interface Looked {
  readonly cursor: Cursor;
  readonly look: SourceLook;
}

/** The event first, then the cursor (I6). */
async function advance({ bus, log, route }: Watched, { cursor, look }: Looked, signal: AbortSignal): Promise<Cursor> {
  const decision = decidePoll(cursor.categories, look.observed);
  if (decision.kind === "changed") {
    const trigger = { kind: "poll" as const, id: `${cursor.generation}:${decision.revision}` };
    const change = { kind: route.kind, route: route.name, revision: decision.revision, trigger };
    const seq = await publishChange(bus, change, signal);
    log.info({ route: route.name, seq, revision: decision.revision }, "change detected");
  }
  if (decision.kind === "baseline") log.info({ route: route.name }, "baseline set");
  const { failing: _failing, ...healthy } = cursor;
  return {
    ...healthy,
    categories: { ...decision.categories },
    generation: cursor.generation + (decision.kind === "unchanged" ? 0 : 1),
    nextPollAtMs: nextPoll(Date.now(), route.triggers.interval, Math.random()),
  };
}

async function fall({ bus, log, route }: Watched, cursor: Cursor, failure: Failure): Promise<Cursor> {
  const { interval: intervalMs } = route.triggers;
  const circumstances = { before: cursor.failing, intervalMs, nowMs: Date.now(), random: Math.random() };
  const { failing, nextPollAtMs, suspends } = decideFailure(failure, circumstances);
  if (suspends) {
    const message = `The source of ${route.name} failed ${failing.count} times in a row (${failure.code}): ${failure.message}`;
    log.fatal({ route: route.name, code: failure.code, failures: failing.count }, "source suspended");
    const cause = `${cursor.generation}:${failing.sinceMs}`;
    await bus.publish(alert.create({ route: route.name, code: "SOURCE_SUSPENDED", message, cause }));
  }
  return { ...cursor, failing, nextPollAtMs };
}
