import type { BranchOwnership, ForeignReason } from "./repository.ts";

/** A commit of base..head, with what is needed to judge it. */
export type JudgedCommit =
  | { readonly kind: "change"; readonly id: string; readonly claimed: string | undefined; readonly delta: string }
  | { readonly kind: "merge"; readonly id: string; readonly tree: string; readonly merged: string | undefined }
  /** Its parents were not fetched, or it has none: the history ends here and never met the base. */
  | { readonly kind: "cut"; readonly id: string };

export interface BranchLook {
  readonly base: string;
  readonly head: string;
  readonly recorded: string | undefined;
  /** All commits of base..head; undefined as long as nobody looked. */
  readonly commits: readonly JudgedCommit[] | undefined;
}

/**
 * Decides whether all that is on a branch is ours (I8). Names and e-mail addresses prove nothing: a person may amend
 * under the bot's, and the host merges under a person's. A commit is ours if it does what its trailer says; a merge
 * is nobody's if merging its parents again gives the same tree. Pure.
 */
export function decideBranchOwnership(look: BranchLook): BranchOwnership | { readonly kind: "look-deeper" } {
  if (look.head === look.recorded) return { kind: "ours", because: "recorded-head" };
  if (look.commits === undefined) return look.head === look.base ? ownHistory : { kind: "look-deeper" };
  // Without a way back to the base, commits of its own history would be taken for somebody's.
  const cut = look.commits.find(({ kind }) => kind === "cut");
  for (const commit of cut === undefined ? look.commits : [cut]) {
    const reason = foreignReason(commit);
    if (reason !== undefined) return { kind: "foreign", commit: commit.id, because: reason };
  }
  return look.commits.length === 1 ? { kind: "ours", because: "own-commit" } : ownHistory;
}

const ownHistory: BranchOwnership = { kind: "ours", because: "own-history" };

function foreignReason(commit: JudgedCommit): ForeignReason | undefined {
  switch (commit.kind) {
    case "cut":
      return "unrelated-history";
    case "merge":
      return commit.merged === commit.tree ? undefined : "merge-edited";
    case "change":
      if (commit.claimed === undefined) return "no-trailer";
      return commit.claimed === commit.delta ? undefined : "content-differs";
  }
}
