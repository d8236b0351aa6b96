import type { OurPull } from "./classify-pulls.ts";
import type { BranchDecision, Hold, SeenBranch } from "./decide-pull-request.ts";
import type { PullRequest } from "../pull-requests.ts";

/** A branch of ours that no part of the target uses any more. */
export interface SeenRetired {
  readonly branch: SeenBranch | undefined;
  /** Newest first. */
  readonly ours: readonly OurPull[];
  readonly stranger: PullRequest | undefined;
  /** What took its place; undefined where nothing did. */
  readonly successor: string | undefined;
}

/** Decides about a branch that was replaced, or belongs to a former setting of `mode` or `batch`. Pure. */
export function decideRetirement({ branch, ours, stranger, successor }: SeenRetired): BranchDecision {
  const open = ours.find(({ pull }) => pull.state === "open")?.pull;
  const last = ours[0];
  const reason = successor === undefined ? "it is not used any more" : `replaced by ${successor}`;
  if (branch?.foreign !== undefined) {
    const merged = last?.pull.state === "merged" && last.pull.head === branch.head;
    if (merged) return { kind: "delete-branch", lease: branch.head };
    return open === undefined ? { kind: "nothing" } : { kind: "hold", hold: leave(branch.foreign, reason), pull: open };
  }
  if (open !== undefined) return { kind: "close", pull: open, reason, lease: branch?.head };
  // One that a person closed keeps its branch: they may want it back.
  const theirs = last?.pull.state === "closed" && !last.closedByUs;
  return branch === undefined || theirs || stranger !== undefined
    ? { kind: "nothing" }
    : { kind: "delete-branch", lease: branch.head };
}

function leave(commit: string, why: string): Hold {
  const short = commit.slice(0, 10);
  const reason = `${why}, but commit ${short} on its branch is a person's: it is not closed`;
  const text = `Lockstep does not keep this pull request up to date any more (${why}). It is not closed, because commit \
${short} on its branch is not Lockstep's.`;
  return { code: "PERSON_COMMITS", cause: commit, reason, comment: { key: "retired", text } };
}
