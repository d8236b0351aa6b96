import { actOnBranch } from "./act-on-branch.ts";
import { decideRetirement } from "../decide/decide-retirement.ts";
import type { DecidedPart } from "../decide/decide-target.ts";
import type { LookedBranch } from "../look/look-at-branch.ts";
import { excludeEachOther } from "../decide/name-branches.ts";
import type { BranchResult } from "../report/next-record.ts";
import type { Publishing } from "../publishing.ts";

/** Whether branches that no part uses may go: what takes their place must not be waiting for anything. Pure. */
export function mayRetire(parts: readonly DecidedPart[]): boolean {
  return parts.every(({ decision }) => decision.kind !== "hold" && decision.kind !== "wait");
}

/** Splits those that must go before git takes the new names from those that go when the new ones exist. Pure. */
export function splitByUrgency(others: readonly LookedBranch[], parts: readonly DecidedPart[]) {
  const inTheWay = ({ name }: LookedBranch) => parts.some(({ looked }) => excludeEachOther(name, looked.name));
  return { before: others.filter(inTheWay), after: others.filter((other) => !inTheWay(other)) };
}

/** Closes and deletes what others took the place of. `parts` are as they are known by now. */
export async function retireBranches(
  publishing: Publishing,
  others: readonly LookedBranch[],
  parts: readonly BranchResult[],
): Promise<readonly BranchResult[]> {
  const results: BranchResult[] = [];
  for (const looked of others) {
    const decision = decideRetirement({ ...looked, successor: successorOf(looked, parts) });
    results.push({ looked, part: undefined, decision, acted: await actOnBranch(publishing, looked, decision) });
  }
  return results;
}

/** The pull request of the same category, or any that is open now. */
function successorOf({ recorded }: LookedBranch, parts: readonly BranchResult[]): string | undefined {
  const open = parts.filter(({ acted }) => acted.pull?.state === "open");
  const same = open.find(({ part }) => part?.part.category === recorded?.category) ?? open[0];
  return same === undefined ? undefined : `#${same.acted.pull?.number}`;
}
