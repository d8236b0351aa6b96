import { decideDeletions, listRefs, planRefUpdates, selectRefs } from "@lockstep/git/mirror";
import type { DeletionDecision, Divergence, RefChange, RefPlan } from "@lockstep/git/mirror";
import type { Mirroring } from "./mirroring.ts";
import { pushPlan, type RefusedRef } from "./push-plan.ts";

type Refs = ReadonlyMap<string, string>;

/** What is true of a destination after a run. */
export interface MirrorResult {
  /** What it had when it was last known, or when it was first read. */
  readonly before: Refs;
  readonly present: Refs;
  readonly refused: ReadonlyMap<string, RefusedRef>;
  readonly diverged: ReadonlyMap<string, Divergence>;
  readonly hold: Extract<DeletionDecision, { kind: "hold" }> | undefined;
}

/** Looks at the destination anew this often when it turns out to be another than it was thought to be. */
const mostLooks = 3;

/** Looks, plans, pushes; again where somebody else pushed meanwhile. A dry run plans only. */
export async function mirrorRefs(mirroring: Mirroring): Promise<MirrorResult> {
  const { acknowledged, context } = mirroring;
  let present = mustRead(mirroring) ? await readDestination(mirroring) : (acknowledged ?? new Map());
  const before = acknowledged ?? present;
  const diverged = new Map<string, Divergence>();
  for (let look = 1; ; look += 1) {
    const { plan, hold } = decide(mirroring, present);
    for (const change of plan.diverged) if (!diverged.has(change.ref)) diverged.set(change.ref, change);
    const { created, moved, deleted, left } = plan;
    context.log.info(
      { created: created.length, moved: moved.length, deleted: deleted.length, left: left.length, look, hold },
      "decided",
    );
    const refused = new Map(left.flatMap((change) => whyLeft(mirroring, plan, change)));
    const idle = created.length + moved.length + deleted.length === 0;
    if (idle || mirroring.route.dryRun) return { before, present, refused, diverged, hold };
    const pushed = await pushPlan(mirroring, plan, present);
    if (!pushed.outdated || look === mostLooks)
      return { before, present: pushed.present, refused: new Map([...refused, ...pushed.refused]), diverged, hold };
    present = await readDestination(mirroring);
  }
}

/**
 * The destination is believed to have what it acknowledged: no list of refs before a push. It is read where nothing
 * is known, after a failure, and where somebody asks or the slow reconcile does.
 */
function mustRead({ acknowledged, diff, context }: Mirroring): boolean {
  const asked = ["manual", "reconcile", "startup"].includes(diff.trigger.kind);
  return acknowledged === undefined || asked || context.attempt > 1;
}

async function readDestination({ destination, filter, context }: Mirroring): Promise<Refs> {
  const { refs } = await listRefs(destination, { prefixes: filter.prefixes }, context.signal);
  return selectRefs(refs, filter);
}

function decide(mirroring: Mirroring, present: Refs): { plan: RefPlan; hold: MirrorResult["hold"] } {
  const { route, target, wanted, acknowledged, permits } = mirroring;
  const { prune, maxDeletions } = route.refs;
  const plan = planRefUpdates({
    wanted,
    present,
    acknowledged,
    prune,
    diverged: target.diverged,
    refused: refusedBefore(mirroring),
  });
  const decision = decideDeletions({
    deletions: plan.deleted.length,
    wanted: wanted.size,
    present: present.size,
    limit: maxDeletions,
    allowed: permits.allowDeletions,
  });
  if (decision.kind === "delete") return { plan, hold: undefined };
  return { plan: { ...plan, deleted: [], left: [...plan.left, ...plan.deleted] }, hold: decision };
}

/** Refused once is refused until the source has another value, or somebody asks. */
function refusedBefore({ record, diff }: Mirroring): Refs {
  if (diff.trigger.kind === "manual" || diff.trigger.kind === "reconcile") return new Map();
  return new Map(Object.entries(record.refused).map(([ref, { to }]) => [ref, to]));
}

/** Why a change is left alone; nothing for a deletion that is held. */
function whyLeft({ record, target }: Mirroring, { diverged }: RefPlan, change: RefChange): [string, RefusedRef][] {
  const isKept = target.diverged === "keep" && diverged.some(({ ref }) => ref === change.ref);
  if (isKept) return [[change.ref, { ...change, reason: "moved by somebody else at the destination, and kept so" }]];
  const before = record.refused[change.ref];
  if (before === undefined || before.to !== (change.to ?? "")) return [];
  return [[change.ref, { ...change, reason: before.reason }]];
}
