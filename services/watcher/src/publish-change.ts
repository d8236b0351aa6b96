import {
  changeDetected,
  type ChangeCause,
  type ChangeDetected,
  type RouteKind,
  type RouteName,
  type TraceContext,
} from "@lockstep/shared/contracts";
import { ConflictError, unlessAborted, type Bus } from "@lockstep/shared/runtime";
import { createTurns } from "./in-turn.ts";

export interface Change {
  readonly kind: RouteKind;
  readonly route: RouteName;
  readonly revision: string;
  readonly trigger: ChangeCause;
  readonly trace?: TraceContext | undefined;
  /** What a webhook said the source has. */
  readonly announced?: ChangeDetected["announced"];
}

interface ChangeOptions {
  readonly signal: AbortSignal;
  /** Asked before each try: throws if whoever publishes has lost the right to. */
  readonly guard?: () => Promise<void>;
}

export interface PublishedChange {
  readonly seq: number;
  /** The message id. */
  readonly id: string;
}

/** Stores change-detected events. */
export interface Changes {
  publish(change: Change, options: ChangeOptions): Promise<PublishedChange>;
}

/** What is needed of the bus. */
type EventStore = Pick<Bus, "last" | "publish">;

/**
 * An event's ordinal follows the one before on the stream itself, by compare-and-set, whoever else publishes; the
 * same cause twice is one event (I3). Within a process a route's events take turns, so that they do not compete, and
 * what was published last is remembered: the stream says if it is no longer the last.
 */
export function changesOn(bus: EventStore): Changes {
  const inTurn = createTurns();
  const remembered = new Map<RouteName, Last>();
  return {
    publish: (change, options) =>
      inTurn(change.route, async () => {
        options.signal.throwIfAborted();
        const last = remembered.get(change.route);
        remembered.delete(change.route);
        const stored = await unlessAborted(options.signal, () => store(bus, change, { ...options, last }));
        remembered.set(change.route, stored.last);
        return stored.published;
      }),
  };
}

/** A route's newest event; sequence and ordinal 0 where there is none. */
interface Last {
  readonly seq: number;
  readonly id: string;
  readonly ordinal: number;
}

interface Stored {
  readonly published: PublishedChange;
  readonly last: Last;
}

type StoreOptions = ChangeOptions & { readonly last: Last | undefined };

async function store(bus: EventStore, change: Change, { signal, guard, last: known }: StoreOptions): Promise<Stored> {
  const { trace, ...data } = change;
  const detectedAt = new Date().toISOString();
  for (let last = known ?? (await readLast(bus, change)); ; last = await readLast(bus, change)) {
    signal.throwIfAborted();
    // Asked after the last event was read: whoever took the right away since can only publish behind it.
    await guard?.();
    const ordinal = last.ordinal + 1;
    const event = changeDetected.create({ ...data, detectedAt, ordinal });
    // The stream forgets ids after a while; the event before this one is never forgotten.
    if (last.id === event.id) return { published: last, last };
    try {
      const { seq, duplicate } = await bus.publish(event, { expectLast: last.seq, trace, signal });
      const published = { seq, id: event.id };
      return { published, last: duplicate ? last : { ...published, ordinal } };
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}

async function readLast(bus: EventStore, { kind, route }: Change): Promise<Last> {
  const last = await bus.last("EVENTS", changeDetected.subject({ kind, route }));
  if (last === undefined) return { seq: 0, id: "", ordinal: 0 };
  return { seq: last.seq, id: last.id, ordinal: changeDetected.parse(last.subject, last.body).ordinal };
}
