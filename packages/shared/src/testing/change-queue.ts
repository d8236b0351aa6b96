import { alert } from "../contracts/alert.ts";
import { changeDetected, type ChangeDetected } from "../contracts/change-detected.ts";
import type { OutgoingEvent } from "../contracts/define-event.ts";
import { RouteName } from "../contracts/names.ts";
import type { WorkContext, WorkHandler, WorkResult } from "../runtime/work/handler.ts";
import type { WorkQueue } from "../runtime/work/queue.ts";

/** A change of a route, as the watcher publishes it. Its `revision` is its ordinal. */
export function change(route: string, ordinal: number, cause: Partial<ChangeDetected["trigger"]> = {}): OutgoingEvent {
  return changeDetected.create({
    kind: "catalog",
    route,
    revision: String(ordinal),
    trigger: { kind: "poll", id: String(ordinal), ...cause },
    detectedAt: "2026-01-01T00:00:00Z",
    ordinal,
  });
}

/** The comparator's queue with another handler: one lease a route, one outcome subject a route. */
export function changeQueue(
  handle: WorkHandler<ChangeDetected>,
  changes: Partial<WorkQueue<ChangeDetected>> = {},
): WorkQueue<ChangeDetected> {
  return {
    service: "comparator",
    stream: "WORK_COMPARATOR",
    consumer: "comparator",
    contract: changeDetected,
    leaseOf: ({ route }) => route,
    siblingsOf: () => [],
    outcomesOf: ({ route }) => [outcomeSubject(route)],
    contentOf: ({ revision }) => revision,
    handle,
    ...changes,
  };
}

/** Where a route's outcomes are reported in tests. */
export function outcomeSubject(route: string): string {
  return alert.subject({ route });
}

/** A result with one outcome, whose id comes from its cause (I3). */
export function reportOf({ route, revision }: ChangeDetected, { seq }: WorkContext): WorkResult {
  const outcome = alert.create({ route: RouteName.parse(route), code: "DONE", message: revision, cause: String(seq) });
  return { events: [outcome], record: { revision } };
}
