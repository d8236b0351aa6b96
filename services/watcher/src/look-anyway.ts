import type { Bus } from "@lockstep/shared/runtime";
import type { Log } from "@lockstep/shared/runtime";
import type { Cursor } from "./cursor.ts";
import type { CursorStore, Held } from "./cursor-store.ts";
import { revisionNow } from "./decide-poll.ts";
import type { Changes } from "./publish-change.ts";
import type { WatchedRoute } from "./watched-route.ts";

interface Surroundings {
  readonly bus: Bus;
  readonly changes: Changes;
  readonly store: CursorStore<Cursor>;
  readonly log: Log;
  readonly now: () => number;
  readonly route: WatchedRoute;
}

interface Occasion {
  readonly kind: "startup" | "reconcile";
  readonly held: Held<Cursor>;
}

/**
 * Says that a route must be looked at although nothing seems to have changed: at the start where that is wished, and
 * at every reconcile, which makes good what an event lost. Replicas that do so at once have the same count, so what
 * they say is one event (I3).
 */
export async function lookAnyway(
  { changes, store, log, now, route }: Surroundings,
  { kind, held: { value: cursor, revision } }: Occasion,
  signal: AbortSignal,
): Promise<Cursor> {
  const count = 1 + (kind === "startup" ? (cursor.starts?.count ?? 0) : cursor.reconciles);
  const trigger = { kind, id: `${count}` };
  const change = { kind: route.kind, route: route.name, revision: revisionNow(cursor), trigger };
  const { seq } = await changes.publish(change, { signal });
  log.info({ route: route.name, seq }, kind === "startup" ? "looked at for the start" : "looked at to reconcile");
  const atMs = now();
  const { reconcile } = route.triggers;
  const next =
    kind === "startup"
      ? { ...cursor, starts: { count, atMs } }
      : {
          ...cursor,
          reconciles: count,
          nextReconcileAtMs: atMs + reconcile,
          reconcilePlanned: { atMs, intervalMs: reconcile },
        };
  return (await store.write(next, revision)).value;
}
