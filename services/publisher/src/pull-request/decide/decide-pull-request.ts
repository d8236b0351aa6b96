import type { OurPull } from "./classify-pulls.ts";
import type { PullRequest } from "../pull-requests.ts";

/** What is seen of one part of a diff, its branch and its pull requests. */
export interface SeenPart {
  readonly wanted: {
    /** The tree of the base with our files is another than the base's. */
    readonly differs: boolean;
    readonly content: string;
    readonly text: string;
    /** Something of it could not be looked at. */
    readonly incomplete: boolean;
    /** … and it is not known what the open pull request has of it. */
    readonly partsUnknown?: boolean;
  };
  readonly branch: SeenBranch | undefined;
  /** Newest first. */
  readonly ours: readonly OurPull[];
  readonly stranger: PullRequest | undefined;
  /** A person said: take the branch over. */
  readonly recreate: boolean;
  readonly now: number;
}

export interface SeenBranch {
  readonly head: string;
  /** The commit that is not ours, if one is. */
  readonly foreign: string | undefined;
  /** Its tree is the wanted one and its only parent is the base's tip. */
  readonly current: boolean;
}

/** What can be done about any branch. `lease`: where it was seen; nothing is done over anything else. */
export type BranchDecision =
  | { readonly kind: "nothing"; readonly reason?: string }
  | { readonly kind: "close"; readonly pull: PullRequest; readonly reason: string; readonly lease: string | undefined }
  | { readonly kind: "delete-branch"; readonly lease: string }
  | { readonly kind: "hold"; readonly hold: Hold; readonly pull: PullRequest | undefined };

/** What can be done about a branch that something is wanted on. */
export type Decision =
  | BranchDecision
  | { readonly kind: "keep"; readonly pull: PullRequest; readonly reason?: string }
  | { readonly kind: "open"; readonly push: boolean; readonly lease: string | undefined }
  | {
      readonly kind: "update";
      readonly pull: PullRequest;
      readonly push: boolean;
      readonly lease: string | undefined;
      /** Title and body are another content's. */
      readonly retext: boolean;
      /** Only the base moved: what people see is the same. */
      readonly sameContent: boolean;
    }
  | { readonly kind: "reopen"; readonly pull: PullRequest; readonly restore: boolean }
  | { readonly kind: "wait"; readonly wait: Wait; readonly pull: PullRequest | undefined };

/** A person must look. The cause is the occurrence: one alert for each. */
export interface Hold {
  readonly code: "PERSON_COMMITS" | "BRANCH_TAKEN" | "DELETIONS_HELD";
  readonly cause: string;
  readonly reason: string;
  /** Said once on the pull request. */
  readonly comment?: { readonly key: string; readonly text: string };
}

/** Not now, and nobody needs to do anything. */
interface Wait {
  /** Absent where there is nothing to tell anybody. */
  readonly code?: "MAX_OPEN" | "PER_HOUR" | "OUTSIDE_SCHEDULE";
  readonly reason: string;
  /** When it goes on by itself, in milliseconds since the epoch; absent where only another change helps. */
  readonly laterMs?: number;
}

/** How long a pull request that we closed is opened again instead of a new one. */
const reopenForMs = 7 * 24 * 3_600_000;

/** Chooses what to do about one part of a diff (spec: pull-request, "Deciding"). Pure: no clock, no network, no log. */
export function decidePullRequest(seen: SeenPart): Decision {
  const { branch, ours, stranger, recreate, wanted } = seen;
  const open = ours.find(({ pull }) => pull.state === "open");
  if (!recreate) {
    if (branch?.foreign !== undefined && !isMergedLeftover(seen) && (wanted.differs || open !== undefined))
      return holdForCommits(branch.foreign, { pull: open?.pull, wanted: wanted.differs });
    if (stranger !== undefined && open === undefined && wanted.differs) return holdForStranger(stranger);
  }
  if (wanted.differs) return open === undefined ? appear(seen) : refresh(seen, open);
  return withdraw(seen, open?.pull);
}

/** No pull request of ours is open, and one is wanted. */
function appear(seen: SeenPart): Decision {
  const { branch, ours, wanted, recreate, now } = seen;
  const last = ours[0];
  if (last?.pull.state === "closed") {
    const rejected = !last.closedByUs && last.content === wanted.content;
    if (rejected && !recreate)
      return {
        kind: "nothing",
        reason: `#${last.pull.number} was closed by a person: nothing until the content changes`,
      };
    const recent = last.closedByUs && now - Date.parse(last.pull.endedAt ?? "") <= reopenForMs;
    // A forge reopens only what is still where it was closed.
    if (recent && (branch === undefined || branch.head === last.pull.head))
      return { kind: "reopen", pull: last.pull, restore: branch === undefined };
  }
  return { kind: "open", push: branch?.current !== true, lease: branch?.head };
}

const incomplete = "some categories could not be looked at: the pull request stays as it is";

/** Base and labels that a person changed are theirs: an update never names them. */
function refresh({ branch, wanted }: SeenPart, { pull, text, content }: OurPull): Decision {
  if (wanted.partsUnknown === true) return { kind: "keep", pull, reason: incomplete };
  const current = branch?.current === true;
  if (current && text === wanted.text) return { kind: "keep", pull };
  const sameContent = content === wanted.content;
  return { kind: "update", pull, push: !current, lease: branch?.head, retext: text !== wanted.text, sameContent };
}

/** The base has all that is wanted. */
function withdraw(seen: SeenPart, open: PullRequest | undefined): Decision {
  const { branch, ours, wanted } = seen;
  if (open !== undefined) {
    if (wanted.incomplete) return { kind: "keep", pull: open, reason: incomplete };
    const reason = "the base has all that it would change";
    return { kind: "close", pull: open, reason, lease: branch?.head };
  }
  const last = ours[0];
  // What was pushed just before a crash, or left behind by a merge or by our own closing, is nobody's work.
  const abandoned = branch?.foreign === undefined && (last === undefined || last.closedByUs) && !wanted.incomplete;
  if (branch !== undefined && (isMergedLeftover(seen) || abandoned))
    return { kind: "delete-branch", lease: branch.head };
  return { kind: "nothing" };
}

/** Everything on the branch was merged, or squashed into the base: whoever wrote it, it is safe there. */
function isMergedLeftover({ branch, ours }: Pick<SeenPart, "branch" | "ours">): boolean {
  const last = ours[0]?.pull;
  return branch !== undefined && last?.state === "merged" && last.head === branch.head;
}

function holdForCommits(commit: string, about: { pull: PullRequest | undefined; wanted: boolean }): Decision {
  const short = commit.slice(0, 10);
  const reason = about.wanted
    ? `commit ${short} on the branch is a person's: nothing is pushed over it`
    : `the base has all that it would change, but commit ${short} on the branch is a person's: it is not closed`;
  const text = `${about.wanted ? "Lockstep has newer content" : "The base branch has all of Lockstep's content"}, but \
commit ${short} on this branch is not Lockstep's, so it leaves the branch alone. Merge or close this pull request, take \
the commit away, or let Lockstep take the branch over with \`lockstep trigger ROUTE --recreate\`.`;
  const hold: Hold = { code: "PERSON_COMMITS", cause: commit, reason, comment: { key: "person-commits", text } };
  return { kind: "hold", hold, pull: about.pull };
}

function holdForStranger({ number, branch }: PullRequest): Decision {
  const reason = `#${number} is a person's and has the branch ${branch}: rename its branch, or take it over with --recreate`;
  return { kind: "hold", hold: { code: "BRANCH_TAKEN", cause: `${number}`, reason }, pull: undefined };
}
