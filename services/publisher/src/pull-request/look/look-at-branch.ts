import type { FetchedBranches, Repository } from "@lockstep/git";
import { classifyPulls, type ClassifiedPulls } from "../decide/classify-pulls.ts";
import type { SeenBranch } from "../decide/decide-pull-request.ts";
import type { SeenPulls } from "./look-at-pulls.ts";
import type { Publishing } from "../publishing.ts";
import type { BranchRecord } from "../report/record.ts";

/** A branch with the pull requests from it. */
export interface LookedBranch extends ClassifiedPulls {
  readonly name: string;
  readonly recorded: BranchRecord | undefined;
  readonly branch: SeenBranch | undefined;
}

/** What was read of forge and git. */
export interface Sight {
  readonly publishing: Publishing;
  readonly fetched: FetchedBranches;
  readonly seen: SeenPulls;
  /** Path → blob at the base's tip. */
  readonly entries: ReadonlyMap<string, string>;
}

/** Tells whose a branch and its pull requests are. Whether the branch is current is not known here. */
export async function lookAtBranch(name: string, { publishing, fetched, seen }: Sight): Promise<LookedBranch> {
  const { record, repository, diff, found } = publishing;
  const recorded = record.branches[name];
  const head = fetched.others.get(name);
  const foreign =
    head === undefined ? undefined : await foreignCommit(repository, { base: fetched.base, head, recorded });
  const branchIsOurs = head !== undefined && foreign === undefined;
  const belonging = {
    route: diff.route,
    target: diff.target,
    base: found.target.branch,
    record: recorded,
    branchIsOurs,
  };
  return {
    name,
    recorded,
    branch: head === undefined ? undefined : { head, foreign, current: false },
    ...classifyPulls(seen.of(name), belonging),
  };
}

interface HeadInQuestion {
  readonly base: string;
  readonly head: string;
  readonly recorded: BranchRecord | undefined;
}

async function foreignCommit(
  repository: Repository,
  { base, head, recorded }: HeadInQuestion,
): Promise<string | undefined> {
  const whose = await repository.whoseCommits({ base, head, recorded: recorded?.head });
  return whose.kind === "foreign" ? whose.commit : undefined;
}
