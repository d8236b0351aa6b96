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
  return {
    publish: (change, options) =>
      inTurn(change.route, async () => {
        options.signal.throwIfAborted();
        return await unlessAborted(store(bus, change, options), options.signal);
      }),
  };
}

async function store(bus: Bus, change: Change, { signal, guard }: ChangeOptions): Promise<PublishedChange> {
  const { trace, ...data } = change;
  const detectedAt = new Date().toISOString();
  for (;;) {
    signal.throwIfAborted();
    const last = await bus.last("EVENTS", changeDetected.subject({ kind: data.kind, route: data.route }));
    // Read after the subject: whoever took the right away since can only publish behind what was read.
    await guard?.();
    const before = last === undefined ? 0 : changeDetected.parse(last.subject, last.body).ordinal;
    const event = changeDetected.create({ ...data, detectedAt, ordinal: before + 1 });
    // The stream forgets ids after a while; the event before this one is never forgotten.
    if (last?.id === event.id) return { seq: last.seq, id: event.id };
    try {
      const { seq } = await bus.publish(event, { expectLast: last?.seq ?? 0, trace, signal });
      return { seq, id: event.id };
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}
