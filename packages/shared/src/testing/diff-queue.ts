import { diffComputed, type DiffComputed } from "../contracts/diff-computed.ts";
import type { OutgoingEvent } from "../contracts/define-event.ts";
import type { WorkHandler } from "../runtime/work/handler.ts";
import type { WorkQueue } from "../runtime/work/queue.ts";

/** A diff for a target, as the comparator publishes it. */
export function diff(place: { route: string; target: string; repository: string }, ordinal = 1): OutgoingEvent {
  return diffComputed.create({
    kind: "catalog",
    ...place,
    diffId: "a".repeat(64),
    throughSeq: ordinal,
    ordinal,
    revision: String(ordinal),
    trigger: { kind: "poll", id: String(ordinal) },
    detectedAt: "2026-01-01T00:00:00Z",
    counts: { added: 0, removed: 0, modified: 0 },
    names: { added: [], removed: [], modified: [] },
    computedAgainst: { branch: "main", tip: "b".repeat(40), files: {} },
    failed: [],
  });
}

/** The publisher's queue with another handler: targets of one repository are siblings. */
export function diffQueue(siblings: readonly string[], handle: WorkHandler<DiffComputed>): WorkQueue<DiffComputed> {
  return {
    service: "publisher",
    stream: "WORK_PUBLISHER",
    consumer: "publisher",
    contract: diffComputed,
    leaseOf: ({ repository }) => repository,
    siblingsOf: () => siblings.map((key) => `work.publisher.catalog.${key}`),
    outcomesOf: () => [],
    contentOf: ({ diffId }) => diffId,
    handle,
  };
}
