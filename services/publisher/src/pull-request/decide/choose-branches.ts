import { readMarker } from "../text/body-region.ts";
import { branchName, isReplaceBranchOf, otherNames, type Naming } from "./name-branches.ts";
import type { Part } from "./plan-parts.ts";
import type { PullRequest } from "../pull-requests.ts";
import type { PublisherRecord } from "../report/record.ts";

export interface BranchQuestion {
  readonly parts: readonly Part[];
  readonly naming: Naming;
  readonly record: PublisherRecord;
  /** EVENTS sequence of the diff. */
  readonly seq: number;
}

/** Branches to ask git for before anything is known of them: the parts', the record's, and those in their way. Pure. */
export function candidateBranches({ parts, naming, record, seq }: BranchQuestion): readonly string[] {
  const names = parts.flatMap((part) => {
    const name = branchName(part, naming);
    return naming.mode === "update" ? [name, ...otherNames(part, naming)] : [name, collisionName(name, seq)];
  });
  return [...new Set([...names, ...Object.keys(record.branches)])];
}

/** Branches whose pull requests matter whether or not the branch is still there. Pure. */
export function branchesInQuestion({ parts, naming, record }: BranchQuestion): readonly string[] {
  // A name that is made of the time is new, but for those that the record knows.
  if (naming.mode === "replace") return Object.keys(record.branches);
  const active = parts.filter(({ changes, failed }) => parts.length === 1 || changes.length + failed.length > 0);
  const open = Object.entries(record.branches).filter(([, { state }]) => state === "open");
  return [...new Set([...active.map((part) => branchName(part, naming)), ...open.map(([name]) => name)])];
}

/** Where somebody has the name of that second already. The sequence is the event's: a retry finds the same name (I3). */
export function collisionName(name: string, seq: number): string {
  return `${name}-${seq}`;
}

/** The branch that carries a part now, as far as is known: with stable names there is one, else the newest. Pure. */
export function knownBranch(
  part: Part,
  { naming, record }: Pick<BranchQuestion, "naming" | "record">,
  open: readonly PullRequest[],
): string | undefined {
  if (naming.mode === "update") return branchName(part, naming);
  const recorded = Object.entries(record.branches)
    .filter(([, { category, state }]) => category === part.category && state !== "none")
    .map(([name, { createdAt = "" }]) => ({ name, createdAt }));
  const marked = open
    .filter(({ body }) => isMarked(body, naming))
    .map(({ branch, createdAt }) => ({ name: branch, createdAt }));
  return [...recorded, ...marked]
    .filter(({ name }) => isReplaceBranchOf(part, name))
    .toSorted((one, other) => other.createdAt.localeCompare(one.createdAt))[0]?.name;
}

/** Whether a pull request's marker names this route and target. */
export function isMarked(body: string, { diff }: Pick<Naming, "diff">): boolean {
  const marker = readMarker(body);
  return marker?.route === diff.route && marker.target === diff.target;
}
