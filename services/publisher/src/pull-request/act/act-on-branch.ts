import type { BranchDecision } from "../decide/decide-pull-request.ts";
import type { LookedBranch } from "../look/look-at-branch.ts";
import { closedBody } from "../text/pull-request-text.ts";
import type { PullRequest } from "../pull-requests.ts";
import type { Publishing } from "../publishing.ts";

/** What is true of a branch after its decision was carried out. */
export interface Acted {
  /** As it is now; undefined where there is none that matters. */
  readonly pull: PullRequest | undefined;
  /** The branch's commit, where we know it to be ours. */
  readonly head?: string | undefined;
  readonly warnings: readonly string[];
  /** Keys of comments that stand on the pull request now. */
  readonly comments?: readonly string[];
}

/** Carries out a decision that needs no content. Every step may have been done before, by a run that died (I3). */
export async function actOnBranch(
  publishing: Publishing,
  looked: LookedBranch,
  decision: BranchDecision,
): Promise<Acted> {
  const newest = looked.ours[0]?.pull;
  switch (decision.kind) {
    case "nothing":
      return { pull: newest, warnings: [] };
    case "close":
      return close(publishing, looked, decision);
    case "delete-branch":
      await publishing.pulls.ready();
      await publishing.repository.deleteBranch(looked.name, decision.lease);
      return { pull: newest, warnings: [] };
    case "hold":
      return hold(publishing, looked, decision);
  }
}

type Close = Extract<BranchDecision, { kind: "close" }>;
type Held = Extract<BranchDecision, { kind: "hold" }>;

/** The comment first and the branch last: a run that dies between leaves nothing that the next one cannot finish. */
async function close(publishing: Publishing, looked: LookedBranch, { pull, reason, lease }: Close): Promise<Acted> {
  const { pulls, repository, diff } = publishing;
  const key = `closed-${diff.throughSeq}`;
  const warnings = await pulls.comment(pull.number, { key, text: `Closed by Lockstep: ${reason}.` });
  const about = { route: diff.route, target: diff.target, content: looked.ours[0]?.content };
  const closed = await pulls.change(pull.number, { state: "closed", body: closedBody(pull, about) });
  if (lease !== undefined) {
    await pulls.ready();
    await repository.deleteBranch(looked.name, lease);
  }
  return { pull: closed, warnings };
}

async function hold({ pulls }: Publishing, looked: LookedBranch, { hold, pull }: Held): Promise<Acted> {
  const { comment } = hold;
  if (comment === undefined || pull === undefined) return { pull, warnings: [] };
  const comments = [comment.key];
  const said = looked.recorded?.number === pull.number && looked.recorded.comments.includes(comment.key);
  return { pull, warnings: said ? [] : await pulls.comment(pull.number, comment), comments };
}
