import type { FetchedBranches } from "@lockstep/git";
import { allEnded } from "../act/all-ended.ts";
import { branchesInQuestion, candidateBranches, isMarked } from "../decide/choose-branches.ts";
import { lookAtBranch, type LookedBranch, type Sight } from "./look-at-branch.ts";
import { lookAtPart, type LookedPart } from "./look-at-part.ts";
import { lookAtPulls, type SeenPulls } from "./look-at-pulls.ts";
import { otherNames } from "../decide/name-branches.ts";
import { planParts, type Part } from "../decide/plan-parts.ts";
import type { Publishing } from "../publishing.ts";
import type { PullRequest } from "../pull-requests.ts";

export interface TargetLook {
  readonly tip: string;
  /** Path → blob at the tip, of every file that the diff knows. */
  readonly entries: ReadonlyMap<string, string>;
  readonly parts: readonly LookedPart[];
  /** Branches of ours that no part uses. */
  readonly others: readonly LookedBranch[];
}

/** Looks at base, branches and pull requests, at the same time where they do not need each other. Changes nothing. */
export async function lookAtTarget(publishing: Publishing): Promise<TargetLook> {
  const { diff, found, loaded, record, naming, context, repository, pulls } = publishing;
  const parts = planParts(diff, found.target, loaded.content);
  const question = { parts, naming, record, seq: context.seq };
  const candidates = candidateBranches(question);
  const [first, seen] = await allEnded([
    repository.fetchBase(found.target.branch, candidates),
    lookAtPulls(pulls, { branches: branchesInQuestion(question), listAll: naming.mode === "replace" }),
  ]);
  const { fetched, names } = await completeLook(publishing, { first, candidates, seen });
  const entries = await blobsAt(publishing, { tip: fetched.base, parts });
  const sight: Sight = { publishing, fetched, seen, entries };
  const looked = await allEnded(parts.map((part) => lookAtPart(part, sight)));
  const used = new Set(looked.map(({ name }) => name));
  const inTheWay = new Set(parts.flatMap((part) => otherNames(part, naming)));
  const isOurs = (name: string) =>
    record.branches[name] !== undefined ||
    (inTheWay.has(name) && fetched.others.get(name) !== undefined) ||
    seen.of(name).some(({ body }) => isMarked(body, naming));
  const others = names.filter((name) => !used.has(name) && isOurs(name));
  return {
    tip: fetched.base,
    entries,
    parts: looked,
    others: await allEnded(others.map((name) => lookAtBranch(name, sight))),
  };
}

interface FirstLook {
  readonly first: FetchedBranches;
  readonly candidates: readonly string[];
  readonly seen: SeenPulls;
}

/**
 * Asks for the pull requests of branches that turned out to exist, and fetches again where there are branches that
 * only their marker makes ours, or where a merge is news that the first fetch may have come before: against a base
 * without it the same change would be opened once more.
 */
async function completeLook(publishing: Publishing, { first, candidates, seen }: FirstLook) {
  const { found, naming, repository } = publishing;
  await seen.lookAt(candidates.filter((name) => first.others.get(name) !== undefined));
  const orphans = seen.open.filter(({ branch, body }) => !candidates.includes(branch) && isMarked(body, naming));
  const names = [...new Set([...candidates, ...orphans.map(({ branch }) => branch)])];
  const missed = candidates.some((name) => isMissedMerge(publishing, first.base, { name, pulls: seen.of(name) }));
  if (!missed && names.length === candidates.length) return { fetched: first, names };
  return { fetched: await repository.fetchBase(found.target.branch, names), names };
}

interface PullsOfBranch {
  readonly name: string;
  readonly pulls: readonly PullRequest[];
}

/** Whether the newest pull request was merged without our knowing, and not at the very commit that was fetched. */
function isMissedMerge({ record }: Publishing, base: string, { name, pulls }: PullsOfBranch): boolean {
  const [newest] = pulls.toSorted((one, other) => other.number - one.number);
  const known = record.branches[name];
  if (newest?.state !== "merged" || newest.mergeCommit === base) return false;
  return known?.number !== newest.number || known.state !== "merged";
}

async function blobsAt(
  { diff, repository }: Publishing,
  { tip, parts }: { readonly tip: string; readonly parts: readonly Part[] },
): Promise<ReadonlyMap<string, string>> {
  const paths = [...Object.keys(diff.computedAgainst.files), ...parts.flatMap((part) => Object.values(part.paths))];
  const entries = await repository.entriesAt(tip, [...new Set(paths)]);
  return new Map([...entries].map(([path, { oid }]) => [path, oid]));
}
