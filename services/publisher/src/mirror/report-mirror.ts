import { planRefUpdates } from "@lockstep/git/mirror";
import type { RefChange } from "@lockstep/git/mirror";
import { alert, refsMirrored, shownRefs, type OutgoingEvent, type RefUpdate } from "@lockstep/shared/contracts";
import type { WorkResult } from "@lockstep/shared/runtime";
import type { Mirroring } from "./mirroring.ts";
import { describePresent, type MirrorRecord } from "./mirror-record.ts";
import type { MirrorResult } from "./mirror-refs.ts";

/** Tells what is true of the destination as the change since it was last known (I4), and what to remember. Pure. */
export function reportMirror(mirroring: Mirroring, result: MirrorResult): WorkResult {
  const { permits } = mirroring;
  const { hold } = result;
  return {
    events: [...alerts(mirroring, result), outcome(mirroring, result)],
    ...(mirroring.route.dryRun ? {} : { record: nextRecord(mirroring, result) }),
    ...(hold === undefined ? { usedRequests: permits.requests } : {}),
  };
}

/** Refs that were refused are remembered up to here; the rest is tried again with every change. */
const mostRefused = 1000;

function nextRecord({ diff, wanted, record }: Mirroring, result: MirrorResult): MirrorRecord {
  const { refused, hold } = result;
  const acknowledged = describePresent({ name: diff.content, refs: wanted }, takenFromUs(result));
  const remembered = [...refused].slice(0, mostRefused);
  return {
    version: 1,
    scope: record.scope,
    ...(acknowledged === undefined ? {} : { acknowledged }),
    refused: Object.fromEntries(
      remembered.map(([ref, { to, reason }]) => [ref, { to: to ?? "", reason: reason.slice(0, 300) }]),
    ),
    ...(hold === undefined ? {} : { held: { code: hold.code, cause: diff.diffId } }),
  };
}

/** What somebody else put there and was left is not what we know of it: else the next run would take it for ours. */
function takenFromUs({ present, diverged }: MirrorResult): ReadonlyMap<string, string> {
  if (diverged.size === 0) return present;
  const taken = new Map(present);
  for (const { ref, from, known } of diverged.values()) {
    if (present.get(ref) !== from) continue;
    if (known === undefined) taken.delete(ref);
    else taken.set(ref, known);
  }
  return taken;
}

/** What the destination had before us: what somebody else did there is not told as ours. */
function beforeUs({ before, diverged }: MirrorResult): ReadonlyMap<string, string> {
  if (diverged.size === 0) return before;
  const refs = new Map(before);
  for (const { ref, from } of diverged.values()) {
    if (from === undefined) refs.delete(ref);
    else refs.set(ref, from);
  }
  return refs;
}

function outcome({ diff, wanted, record, route }: Mirroring, result: MirrorResult): OutgoingEvent {
  const { present, refused, diverged, hold } = result;
  const plain = { acknowledged: undefined, prune: true, diverged: "overwrite" as const, refused: new Map() };
  const { created, moved, deleted } = planRefUpdates({ ...plain, wanted: present, present: beforeUs(result) });
  const missing = planRefUpdates({ ...plain, wanted, present, prune: route.refs.prune });
  const lagging = missing.created.length + missing.moved.length + missing.deleted.length;
  const changed = created.length + moved.length + deleted.length > 0;
  const repeated = hold !== undefined && record.held?.code === hold.code && record.held.cause === diff.diffId;
  const reason = hold?.reason ?? (route.dryRun ? `dry run: ${lagging} refs would be changed` : undefined);
  return refsMirrored.create({
    route: diff.route,
    target: diff.target,
    repository: diff.repository,
    action: hold !== undefined ? "held" : changed ? "mirrored" : "unchanged",
    created: shown(created),
    updated: shown(moved),
    deleted: shown(deleted),
    diverged: shown([...diverged.values()]),
    rejected: [...refused.values()]
      .slice(0, shownRefs)
      .map((ref) => ({ ...toUpdate(ref), reason: ref.reason.slice(0, 500) })),
    counts: {
      created: created.length,
      updated: moved.length,
      deleted: deleted.length,
      diverged: diverged.size,
      rejected: refused.size,
    },
    lagging,
    ...(reason === undefined ? {} : { reason }),
    ...(repeated ? { repeated } : {}),
    diffId: diff.diffId,
    throughSeq: diff.throughSeq,
  });
}

function shown(changes: readonly RefChange[]): RefUpdate[] {
  return changes.slice(0, shownRefs).map(toUpdate);
}

function toUpdate({ ref, from, to }: RefChange): RefUpdate {
  return { ref, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

/** One alert for each occurrence: what was alerted is in the record. */
function alerts({ diff, record, route }: Mirroring, { hold }: MirrorResult): readonly OutgoingEvent[] {
  if (hold === undefined || route.dryRun) return [];
  if (record.held?.code === hold.code && record.held.cause === diff.diffId) return [];
  const message = `${diff.repository}: ${hold.reason}`.slice(0, 2000);
  return [alert.create({ route: diff.route, target: diff.target, code: hold.code, message, cause: diff.diffId })];
}
