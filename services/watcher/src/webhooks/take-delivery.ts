import type { CatalogRoute } from "@lockstep/shared/config";
import type { RepositoryIdentity, RouteName } from "@lockstep/shared/contracts";
import { ConflictError, PermanentError, type Bus, type Log, type Stored } from "@lockstep/shared/runtime";
import { routeCursor } from "../cursor.ts";
import type { CursorStore } from "../cursor-store.ts";
import { revisionNow } from "../decide-poll.ts";
import { isKnown, noteRef } from "../decide-target.ts";
import type { InTurn } from "../in-turn.ts";
import type { Changes } from "../publish-change.ts";
import { targetCursor, type TargetCursor } from "../target-cursor.ts";
import { unlessAborted } from "../unless-aborted.ts";
import { decideNews, type NewsDecision } from "./decide-news.ts";
import type { HookDelivery } from "./forge-hooks.ts";
import type { Concern, RepositoryIndex } from "./repository-index.ts";

export interface DeliverySurroundings {
  readonly bus: Bus;
  readonly changes: Changes;
  readonly log: Log;
  readonly index: RepositoryIndex;
  /** Shared with whoever polls targets: only one of them tells of a repository at a time. */
  readonly inTurn: InTurn;
  /** Told what became of each delivery at each route. */
  readonly count: (what: "looked" | "ignored" | "excluded") => void;
}

/** What became of a delivery: which routes are looked at, and which are not, and why. */
export interface Taken {
  readonly events: readonly { readonly route: RouteName; readonly id: string; readonly seq: number }[];
  readonly ignored: readonly { readonly route: RouteName; readonly reason: string }[];
}

/** Carries out verified deliveries. */
export type TakeDelivery = (delivery: HookDelivery, signal: AbortSignal) => Promise<Taken>;

/**
 * Publishes a change for each route that the repository matters to, and returns when the stream has them all (I5). A
 * redelivery has the same ids, so it is stored once (I3). Deliveries of a repository take turns: the second of two that
 * tell the same finds that it was seen. Throws WEBHOOK_REPOSITORY_UNKNOWN.
 */
export function createDeliveryTaker(around: DeliverySurroundings): TakeDelivery {
  return async (delivery, signal) => {
    const { news, repository } = delivery;
    if (news.kind === "ping" || repository === undefined) return { events: [], ignored: [] };
    const concerns = around.index(repository);
    if (concerns.length === 0) throw unknownRepository(repository);
    const routes = Map.groupBy(concerns, ({ route }) => route);
    const telling = around.inTurn(repository, async () => {
      signal.throwIfAborted();
      return await Promise.all(
        [...routes].map(([route, targets]) => tell(around, { delivery, route, targets }, signal)),
      );
    });
    const taken = await unlessAborted(telling, signal);
    return { events: taken.flatMap(({ events }) => events), ignored: taken.flatMap(({ ignored }) => ignored) };
  };
}

interface Telling {
  readonly delivery: HookDelivery;
  readonly route: CatalogRoute;
  /** The route's targets in the repository. */
  readonly targets: readonly Concern[];
}

/** One event for a route, however many of its targets are in the repository. */
async function tell(around: DeliverySurroundings, telling: Telling, signal: AbortSignal): Promise<Taken> {
  const { changes, bus } = around;
  const { delivery, route, targets } = telling;
  const [cursor, ...decided] = await Promise.all([
    routeCursor(bus.bucket("state"), route.name).read(),
    ...targets.map((concern) => decide(bus, concern, delivery)),
  ]);
  const looks = decided.filter(({ decision }) => decision.kind === "look");
  if (looks.length === 0) return ignore(around, route, decided);
  const trigger = { kind: "webhook" as const, id: delivery.id };
  const change = { kind: route.kind, route: route.name, revision: revisionNow(cursor.value), trigger };
  const { seq, id } = await changes.publish(change, { signal });
  around.count("looked");
  await Promise.all(looks.map(note));
  return { events: [{ route: route.name, id, seq }], ignored: [] };
}

interface Decided {
  readonly decision: NewsDecision;
  readonly store: CursorStore<TargetCursor>;
  readonly read: Stored<TargetCursor>;
}

async function decide(bus: Bus, { route, target, refs }: Concern, { news }: HookDelivery): Promise<Decided> {
  const store = targetCursor(bus.bucket("state"), route.name, target.name);
  const read = await store.read();
  const decision = decideNews(news, { policy: route.triggers.policy, refs, cursor: read.value ?? {} });
  return { decision, store, read };
}

function ignore({ count, log }: DeliverySurroundings, route: CatalogRoute, decided: readonly Decided[]): Taken {
  const reasons = decided.map(({ decision }) => (decision.kind === "ignore" ? decision.reason : undefined));
  const reason = reasons.find((one) => one !== undefined);
  if (reason === undefined) log.debug({ route: route.name, policy: route.triggers.policy }, "trigger excluded");
  count(reason === undefined ? "excluded" : "ignored");
  return { events: [], ignored: [{ route: route.name, reason: reason ?? "the route's policy is poll-only" }] };
}

/** The event is stored: nobody need tell of the same again (I6). */
async function note({ decision, store, read }: Decided): Promise<void> {
  if (decision.kind !== "look" || decision.seen === undefined) return;
  for (let { value, revision } = read; ; { value, revision } = await store.read()) {
    const cursor = value ?? { generation: 0, nextLookAtMs: 0 };
    if (isKnown(cursor, decision.seen)) return;
    try {
      await store.write(noteRef(cursor, decision.seen), revision);
      return;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}

function unknownRepository(repository: RepositoryIdentity): PermanentError {
  return new PermanentError("WEBHOOK_REPOSITORY_UNKNOWN", `${repository} is neither source nor target of a route`, {
    hint: "remove the webhook there, or name the repository in lockstep.yaml as the forge names it",
  });
}
