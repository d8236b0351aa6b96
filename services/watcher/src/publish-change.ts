import {
  changeDetected,
  type ChangeCause,
  type ChangeDetected,
  type RouteKind,
  type RouteName,
  type TraceContext,
} from "@lockstep/shared/contracts";
import { ConflictError, type Bus } from "@lockstep/shared/runtime";
import { createTurns } from "./in-turn.ts";
import { unlessAborted } from "./unless-aborted.ts";

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

/**
 * An event's ordinal follows the one before on the stream itself, by compare-and-set, whoever else publishes; the
 * same cause twice is one event (I3). Within a process a route's events take turns, so that they do not compete.
 */
export function changesOn(bus: Bus): Changes {
  const inTurn = createTurns();
  const newest = new Map<RouteName, Newest>();
  return {
    publish: (change, options) =>
      inTurn(change.route, async () => {
        options.signal.throwIfAborted();
        return await unlessAborted(store({ bus, newest }, change, options), options.signal);
      }),
  };
}

/** The newest event of a route, as far as this process knows: what somebody else published since is a conflict. */
interface Newest {
  readonly seq: number;
  readonly ordinal: number;
  readonly id: string;
}

interface Stream {
  readonly bus: Bus;
  readonly newest: Map<RouteName, Newest>;
}

async function store({ bus, newest }: Stream, change: Change, options: ChangeOptions): Promise<PublishedChange> {
  const { signal, guard } = options;
  const { trace, ...data } = change;
  const detectedAt = new Date().toISOString();
  for (;;) {
    signal.throwIfAborted();
    const last = newest.get(data.route) ?? (await readNewest(bus, data));
    newest.delete(data.route);
    // Read after the subject: whoever took the right away since can only publish behind what was read.
    await guard?.();
    const ordinal = (last?.ordinal ?? 0) + 1;
    const event = changeDetected.create({ ...data, detectedAt, ordinal });
    // The stream forgets ids after a while; the event before this one is never forgotten.
    if (last?.id === event.id) return { seq: last.seq, id: event.id };
    try {
      const { seq, duplicate } = await bus.publish(event, { expectLast: last?.seq ?? 0, trace, signal });
      if (!duplicate) newest.set(data.route, { seq, ordinal, id: event.id });
      return { seq, id: event.id };
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}

async function readNewest(bus: Bus, { kind, route }: Pick<Change, "kind" | "route">): Promise<Newest | undefined> {
  const last = await bus.last("EVENTS", changeDetected.subject({ kind, route }));
  return last && { seq: last.seq, id: last.id, ordinal: changeDetected.parse(last.subject, last.body).ordinal };
}
