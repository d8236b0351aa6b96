/** What the guard looks at. */
export interface DeletionQuestion {
  readonly deletions: number;
  /** Refs that the source has, and those that the destination has, of those the route carries. */
  readonly wanted: number;
  readonly present: number;
  readonly limit: { readonly count: number } | { readonly percent: number };
  /** A person allowed them. */
  readonly allowed: boolean;
}

export type DeletionDecision =
  | { readonly kind: "delete" }
  | { readonly kind: "hold"; readonly code: "MIRROR_SOURCE_EMPTY" | "MIRROR_MANY_DELETIONS"; readonly reason: string };

/** As many as this are always let through: a small repository would be held for every branch. */
const alwaysAllowed = 5;

/**
 * Decides whether refs may be deleted (I7). An empty source deletes nothing, whatever a person allows: it is more
 * likely broken than meant. Pure.
 */
export function decideDeletions(question: DeletionQuestion): DeletionDecision {
  const { deletions, wanted, present, limit, allowed } = question;
  if (deletions === 0) return { kind: "delete" };
  if (wanted === 0) {
    const reason = `the source serves no refs, the destination has ${present}: nothing is deleted`;
    return { kind: "hold", code: "MIRROR_SOURCE_EMPTY", reason };
  }
  const most = Math.max(alwaysAllowed, "count" in limit ? limit.count : Math.floor((present * limit.percent) / 100));
  if (deletions <= most || allowed) return { kind: "delete" };
  const reason = `${deletions} of ${present} refs would be deleted, more than ${most}: a person must allow it`;
  return { kind: "hold", code: "MIRROR_MANY_DELETIONS", reason };
}
