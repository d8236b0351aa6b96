import {
  changeDetected,
  type ChangeCause,
  type RouteKind,
  type RouteName,
  type TraceContext,
} from "@lockstep/shared/contracts";
import { ConflictError, type Bus } from "@lockstep/shared/runtime";

export interface Change {
  readonly kind: RouteKind;
  readonly route: RouteName;
  readonly revision: string;
  readonly trigger: ChangeCause;
  readonly trace?: TraceContext | undefined;
}

/**
 * Stores a change-detected and returns its sequence. Its ordinal follows the one before on the stream itself,
 * by compare-and-set, whoever else publishes; the same cause twice is one event (I3).
 */
export async function publishChange(bus: Bus, change: Change, signal: AbortSignal): Promise<number> {
  const { trace, ...data } = change;
  const detectedAt = new Date().toISOString();
  for (;;) {
    signal.throwIfAborted();
    const last = await bus.last("EVENTS", changeDetected.subject({ kind: data.kind, route: data.route }));
    const before = last === undefined ? 0 : changeDetected.parse(last.subject, last.body).ordinal;
    const event = changeDetected.create({ ...data, detectedAt, ordinal: before + 1 });
    try {
      return (await bus.publish(event, { expectLast: last?.seq ?? 0, trace, signal })).seq;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}
