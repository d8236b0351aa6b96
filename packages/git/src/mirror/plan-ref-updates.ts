type Refs = ReadonlyMap<string, string>;

/** One ref that must change. `from` is the lease: what the destination must still have; absent: nothing. */
export interface RefChange {
  readonly ref: string;
  readonly from: string | undefined;
  /** Absent: the ref is deleted. */
  readonly to: string | undefined;
}

/** A ref that somebody else changed at the destination since we last knew it. */
export interface Divergence extends RefChange {
  /** What we had last seen there. */
  readonly known: string | undefined;
}

export interface RefPlan {
  readonly created: readonly RefChange[];
  readonly moved: readonly RefChange[];
  readonly deleted: readonly RefChange[];
  readonly diverged: readonly Divergence[];
  /** Changes that are left alone: diverged and to be kept, or refused before at the same value. */
  readonly left: readonly RefChange[];
}

export interface RefPlanQuestion {
  /** What the destination should have, and what it has: only refs that the route carries. */
  readonly wanted: Refs;
  readonly present: Refs;
  /** What the destination acknowledged last; undefined where nothing is known of it, and nothing can be diverged. */
  readonly acknowledged: Refs | undefined;
  readonly prune: boolean;
  readonly diverged: "overwrite" | "keep";
  /** Refs that the destination refused → the value that it refused; "" a deletion. */
  readonly refused: Refs;
}

/**
 * Decides what must change at a destination, against what the destination has, never against what was fetched before
 * and after: a push that failed is made good by the next plan. Pure.
 */
export function planRefUpdates(question: RefPlanQuestion): RefPlan {
  const { wanted, present, acknowledged, refused } = question;
  const plan = { created: [], moved: [], deleted: [], diverged: [], left: [] } as MutablePlan;
  for (const change of differences(question)) {
    const { ref, from, to } = change;
    const known = acknowledged?.get(ref);
    const isDiverged = acknowledged !== undefined && known !== from;
    if (isDiverged) plan.diverged.push({ ...change, known });
    const isLeft = (isDiverged && question.diverged === "keep") || refused.get(ref) === (to ?? "");
    if (isLeft) plan.left.push(change);
    else if (to === undefined) plan.deleted.push(change);
    else (present.has(ref) && wanted.has(ref) ? plan.moved : plan.created).push(change);
  }
  return plan;
}

type MutablePlan = { [Key in keyof RefPlan]: RefPlan[Key][number][] } & { diverged: Divergence[] };

function differences({ wanted, present, prune }: RefPlanQuestion): readonly RefChange[] {
  const changes: RefChange[] = [];
  // The same map is the same refs: what is wanted is what was acknowledged.
  if (wanted === present) return changes;
  for (const [ref, to] of wanted) {
    const from = present.get(ref);
    if (from !== to) changes.push({ ref, from, to });
  }
  if (!prune) return changes;
  for (const [ref, from] of present) if (!wanted.has(ref)) changes.push({ ref, from, to: undefined });
  return changes;
}

/**
 * The changes in the order they must be made: git keeps no `a` beside `a/b`, so what is deleted goes first where it
 * stands in the way of something new, in a push of its own. Pure.
 */
export function planPushes({ created, moved, deleted }: RefPlan): readonly (readonly RefChange[])[] {
  const isInTheWay = conflictsWith(created.map(({ ref }) => ref));
  const first = deleted.filter(({ ref }) => isInTheWay(ref));
  const rest = deleted.filter((change) => !first.includes(change));
  return [first, [...moved, ...created, ...rest]].filter((changes) => changes.length > 0);
}

function conflictsWith(names: readonly string[]): (name: string) => boolean {
  const taken = new Set(names);
  const folders = new Set(names.flatMap(foldersOf));
  return (name) => folders.has(name) || foldersOf(name).some((folder) => taken.has(folder));
}

/** `refs/heads/a/b` → `refs`, `refs/heads`, `refs/heads/a`. */
function foldersOf(name: string): readonly string[] {
  const parts = name.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}
