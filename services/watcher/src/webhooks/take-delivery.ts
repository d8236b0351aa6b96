import type { Route } from "@lockstep/shared/config";
import type { RepositoryIdentity, RouteName } from "@lockstep/shared/contracts";
import {
  ConflictError,
  PermanentError,
  unlessAborted,
  type Bus,
  type Log,
  type Stored,
} from "@lockstep/shared/runtime";
import { routeCursor } from "../cursor.ts";
import type { CursorStore } from "../cursor-store.ts";
import { revisionNow } from "../decide-poll.ts";
import { isKnown, noteRef } from "../decide-target.ts";
import type { InTurn } from "../in-turn.ts";
import type { Change, Changes } from "../publish-change.ts";
import { targetCursor, type TargetCursor } from "../target-cursor.ts";
import { decideNews, decideSourceNews, type NewsDecision } from "./decide-news.ts";
import type { HookDelivery } from "./forge-hooks.ts";
import type { Concern, RepositoryIndex } from "./repository-index.ts";

export interface DeliverySurroundings {
  readonly bus: Bus;
  readonly changes: Changes;
  readonly log: Log;
  readonly index: RepositoryIndex;
  /** What a route that is named says of itself. */
  readonly concernsOf: (route: string) => readonly Concern[];
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
    const named = delivery.route;
    const place = named ?? repository;
    if (news.kind === "ping" || place === undefined) return { events: [], ignored: [] };
    const concerns = named === undefined ? around.index(place as RepositoryIdentity) : around.concernsOf(named);
    if (concerns.length === 0) throw named === undefined ? unknownRepository(place) : unknownRoute(named);
    const routes = Map.groupBy(concerns, ({ route }) => route);
    const telling = () =>
      around.inTurn(place, async () => {
        signal.throwIfAborted();
        return await Promise.all(
          [...routes].map(([route, targets]) => tell(around, { delivery, route, targets }, signal)),
        );
      });
    const taken = await unlessAborted(signal, telling);
    return { events: taken.flatMap(({ events }) => events), ignored: taken.flatMap(({ ignored }) => ignored) };
  };
}

interface Telling {
  readonly delivery: HookDelivery;
  readonly route: Route;
  /** What the repository is to the route. */
  readonly targets: readonly Concern[];
}

/** One event for a route, however many of its targets are in the repository. */
async function tell(around: DeliverySurroundings, telling: Telling, signal: AbortSignal): Promise<Taken> {
  const { changes, bus } = around;
  const { delivery, route, targets } = telling;
  const announced = announcedBy(delivery, targets);
  const [revision, ...decided] = await Promise.all([
    announced.announced?.object ?? storedRevision(bus, route),
    ...targets.map((concern) => decide(bus, concern, delivery)),
  ]);
  const looks = decided.filter(({ decision }) => decision.kind === "look");
  if (looks.length === 0) return ignore(around, route, decided);
  const trigger = { kind: "webhook" as const, id: delivery.id };
  const change = { kind: route.kind, route: route.name, revision, trigger, ...announced };
  const { seq, id } = await changes.publish(change, { signal });
  around.count("looked");
  await Promise.all(looks.map(note));
  return { events: [{ route: route.name, id, seq }], ignored: [] };
}

async function storedRevision(bus: Bus, { name }: Route): Promise<string> {
  const { value } = await routeCursor(bus.bucket("state"), name).read();
  return revisionNow(value);
}

/** What the source of a mirror must serve before it is worth comparing. */
function announcedBy({ news }: HookDelivery, concerns: readonly Concern[]): Pick<Change, "announced"> {
  if (news.kind !== "push" || !concerns.some(({ role }) => role === "source")) return {};
  return { announced: { ref: news.ref, object: news.head ?? "0".repeat(40) } };
}

interface Decided {
  readonly decision: NewsDecision;
  /** Where it is noted what was seen of a target. */
  readonly seenIn?: { readonly store: CursorStore<TargetCursor>; readonly read: Stored<TargetCursor> };
}

async function decide(bus: Bus, concern: Concern, { news }: HookDelivery): Promise<Decided> {
  const { policy } = concern.route.triggers;
  if (concern.role === "source")
    return { decision: decideSourceNews(news, { policy, matches: (ref) => concern.filter.matches(ref) }) };
  // Our own pushes come back as such news. What a person did there, the next push's lease finds, or the reconcile.
  if (concern.role === "destination")
    return { decision: { kind: "ignore", reason: "a mirror's destination is read by reconcile" } };
  const { route, target, refs } = concern;
  const store = targetCursor(bus.bucket("state"), route.name, target.name);
  const read = await store.read();
  const decision = decideNews(news, { policy, refs, cursor: read.value ?? {} });
  return { decision, seenIn: { store, read } };
}

function ignore({ count, log }: DeliverySurroundings, route: Route, decided: readonly Decided[]): Taken {
  const reasons = decided.map(({ decision }) => (decision.kind === "ignore" ? decision.reason : undefined));
  const reason = reasons.find((one) => one !== undefined);
  if (reason === undefined) log.debug({ route: route.name, policy: route.triggers.policy }, "trigger excluded");
  count(reason === undefined ? "excluded" : "ignored");
  return { events: [], ignored: [{ route: route.name, reason: reason ?? "the route's policy is poll-only" }] };
}

/** The event is stored: nobody need tell of the same again (I6). */
async function note({ decision, seenIn }: Decided): Promise<void> {
  if (decision.kind !== "look" || decision.seen === undefined || seenIn === undefined) return;
  const { store, read } = seenIn;
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

function unknownRepository(repository: string): PermanentError {
  return new PermanentError("WEBHOOK_REPOSITORY_UNKNOWN", `${repository} is neither source nor target of a route`, {
    hint: "remove the webhook there, or name the repository in lockstep.yaml as the forge names it",
  });
}

function unknownRoute(route: string): PermanentError {
  return new PermanentError("WEBHOOK_ROUTE_UNKNOWN", `${JSON.stringify(route.slice(0, 100))} is no route`, {
    hint: "correct the address of the webhook: it ends with the route's name",
  });
}
