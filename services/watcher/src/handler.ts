import { alert } from "@lockstep/shared/contracts";
import type { CatalogSource } from "@lockstep/shared/catalog-source";
import { ConflictError, type Bus, type Log } from "@lockstep/shared/runtime";
import { announce } from "./announce.ts";
import { routeCursor, type Cursor } from "./cursor.ts";
import type { CursorStore, Held } from "./cursor-store.ts";
import { decideDue, firstCursor, nextPollAt, nextReconcileAt, withJitter } from "./decide-due.ts";
import { decideFailure, decideWholeFailure, longestWait, type Failure } from "./decide-failure.ts";
import { decidePoll } from "./decide-poll.ts";
import { lookAnyway } from "./look-anyway.ts";
import { lookAtSource, type SourceLook } from "./look-at-source.ts";
import type { Changes } from "./publish-change.ts";
import type { WatchedRoute } from "./watched-route.ts";

export interface Watched {
  readonly bus: Bus;
  readonly changes: Changes;
  readonly log: Log;
  readonly holder: string;
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number;
  readonly source: CatalogSource;
  readonly route: WatchedRoute;
  /** This process has not looked at the route yet. */
  readonly isStarting: boolean;
}

/** What a look left behind. */
export interface Outlook {
  /** When to look again, in milliseconds since the epoch. */
  readonly nextMs: number;
  readonly failing: Cursor["failing"];
  /** Another replica was at it, so nothing was done here. */
  readonly isTaken?: true;
}

/** Another replica is busy with the route: look again after this. */
const takenMs = 1000;

/**
 * Does what is due for a route, if nobody else does. The claim is a compare-and-set on the cursor: a process that was
 * frozen past it can neither publish nor move the cursor any more (I6).
 */
export async function watchRoute(watched: Watched, signal: AbortSignal): Promise<Outlook> {
  const { bus, holder, route, now } = watched;
  const store = routeCursor(bus.bucket("state"), route.name);
  const read = await store.read();
  const held = { value: read.value ?? beginning(route, now()), revision: read.revision };
  const moment = { ms: now(), holder, isStarting: watched.isStarting };
  const due = decideDue(held.value, route.triggers, moment);
  try {
    switch (due.kind) {
      case "nothing":
        // Also the first cursor is stored, or each restart would begin the initial delay anew.
        if (read.value === undefined) await store.write(held.value, held.revision);
        return { nextMs: due.untilMs, failing: held.value.failing };
      case "taken":
        return { nextMs: due.untilMs, failing: held.value.failing, isTaken: true };
      case "startup":
      case "reconcile":
        return outlookOf(route, await lookAnyway({ ...watched, store }, { kind: due.kind, held }, signal));
      case "poll":
        return outlookOf(route, await poll({ ...watched, store }, await claim({ ...watched, store }, held), signal));
    }
  } catch (error) {
    if (error instanceof ConflictError) return { nextMs: now() + takenMs, failing: held.value.failing, isTaken: true };
    throw error;
  }
}

/** A mirror's destinations want what the source has from the beginning: there, all of it is news. */
function beginning({ kind, name, triggers }: WatchedRoute, nowMs: number): Cursor {
  const first = firstCursor(name, triggers, nowMs);
  return kind === "mirror" ? { ...first, categories: {} } : first;
}

type Polled = Watched & { readonly store: CursorStore<Cursor> };

function outlookOf({ triggers }: WatchedRoute, cursor: Cursor): Outlook {
  return {
    nextMs: Math.min(nextPollAt(cursor, triggers), nextReconcileAt(cursor, triggers)),
    failing: cursor.failing,
  };
}

function claim({ holder, route, store, now }: Polled, { value, revision }: Held<Cursor>): Promise<Held<Cursor>> {
  // Each category costs at most two requests.
  const longestMs = 10_000 + 2 * route.source.timeout * route.source.categories.length;
  return store.write({ ...value, claim: { holder, untilMs: now() + longestMs } }, revision);
}

/** Look, decide, act, report. */
async function poll(polled: Polled, held: Held<Cursor>, signal: AbortSignal): Promise<Cursor> {
  const { log, route, source, store, now } = polled;
  const cursor = held.value;
  const baseline = new Map(route.source.categories.map((name) => [name, cursor.categories?.[name]]));
  let look: SourceLook;
  try {
    look = await lookAtSource(source, baseline, signal);
  } catch (error) {
    // Whoever takes over need not wait for the end of our claim.
    if (signal.aborted) await store.write(unclaimed(cursor), held.revision);
    throw error;
  }
  for (const [category, failure] of look.failures)
    log.warn({ route: route.name, category, ...failure }, "cannot be read");
  const failure = decideWholeFailure([...look.failures.values()], look.observed.size);
  const moved =
    failure === undefined
      ? await advance(polled, { held, look }, signal)
      : await fall(polled, { held, failure }, signal);
  await store.write({ ...unclaimed(moved.value), lastPollAtMs: now() }, moved.revision);
  if (cursor.failing?.suspended && moved.value.failing === undefined)
    log.info({ route: route.name }, "source is back, resumed");
  return moved.value;
}

function unclaimed({ claim: _claim, ...cursor }: Cursor): Cursor {
  return cursor;
}

interface Looked {
  readonly held: Held<Cursor>;
  readonly look: SourceLook;
}

/** The event first, then the cursor (I6). */
async function advance(polled: Polled, { held, look }: Looked, signal: AbortSignal): Promise<Held<Cursor>> {
  const { log, route, now } = polled;
  const { failing: _failing, announcing: _announcing, ...cursor } = held.value;
  const decision = decidePoll(held.value, look.observed);
  let { revision } = held;
  if (decision.kind === "changed") {
    const trigger = { kind: "poll" as const, id: `${cursor.generation}:${decision.revision}` };
    const change = { kind: route.kind, route: route.name, revision: decision.revision, trigger };
    const announced = await announce({ ...polled, held }, { ...change, announcing: decision.revision }, signal);
    ({ revision } = announced.held);
    log.info({ route: route.name, seq: announced.published.seq, revision: decision.revision }, "change detected");
  }
  if (decision.kind === "baseline") log.info({ route: route.name }, "baseline set");
  const { interval: intervalMs } = route.triggers;
  const wait = longestWait([...look.failures.values()]) ?? 0;
  const value = {
    ...cursor,
    categories: { ...decision.categories },
    generation: cursor.generation + (decision.kind === "unchanged" ? 0 : 1),
    nextPollAtMs: Math.max(withJitter(now(), intervalMs, Math.random()), now() + wait),
    planned: { atMs: now(), intervalMs },
  };
  return { value, revision };
}

interface Failed {
  readonly held: Held<Cursor>;
  readonly failure: Failure;
}

async function fall(polled: Polled, { held, failure }: Failed, signal: AbortSignal): Promise<Held<Cursor>> {
  const { bus, log, route, now } = polled;
  const cursor = held.value;
  const { interval: intervalMs } = route.triggers;
  const circumstances = { before: cursor.failing, intervalMs, nowMs: now(), random: Math.random() };
  const { failing, nextPollAtMs, suspends } = decideFailure(failure, circumstances);
  if (suspends) {
    const message = `The source of ${route.name} failed ${failing.count} times in a row (${failure.code}): ${failure.message}`;
    log.fatal({ route: route.name, code: failure.code, failures: failing.count }, "source suspended");
    const cause = `${cursor.generation}:${failing.sinceMs}`;
    const event = alert.create({ route: route.name, code: "SOURCE_SUSPENDED", message: message.slice(0, 2000), cause });
    await bus.publish(event, { signal });
  }
  return { value: { ...cursor, failing, nextPollAtMs }, revision: held.revision };
}
