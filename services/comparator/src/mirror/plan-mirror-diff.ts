import { planRefUpdates } from "@lockstep/git/mirror";
import type { MirrorRoute, MirrorTarget } from "@lockstep/shared/config";
import { mirrorDiff, type ChangeDetected, type OutgoingEvent, type WantedRefs } from "@lockstep/shared/contracts";

export interface MirrorComparison {
  readonly route: MirrorRoute;
  readonly target: MirrorTarget;
  readonly change: ChangeDetected;
  /** EVENTS sequence of the change. */
  readonly seq: number;
  /** The name of the wanted refs in the object store: their hash. */
  readonly content: string;
  readonly wanted: WantedRefs;
  /** What the destination acknowledged last; undefined where nothing is known of it. */
  readonly acknowledged: ReadonlyMap<string, string> | undefined;
}

/** Puts the difference of one destination into the words of the contract. Pure. */
export function planMirrorDiff(comparison: MirrorComparison): OutgoingEvent {
  const { route, target, change, seq, content, wanted, acknowledged } = comparison;
  const { created, moved, deleted } = planRefUpdates({
    wanted: wanted.refs,
    present: acknowledged ?? new Map(),
    acknowledged: undefined,
    prune: route.refs.prune,
    diverged: target.diverged,
    refused: new Map(),
  });
  return mirrorDiff.create({
    kind: "mirror",
    route: route.name,
    target: target.name,
    diffId: content,
    throughSeq: seq,
    ordinal: change.ordinal,
    revision: change.revision,
    trigger: change.trigger,
    detectedAt: change.detectedAt,
    counts: { added: created.length, removed: deleted.length, modified: moved.length },
    content,
    repository: target.identity,
  });
}
