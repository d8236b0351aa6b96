import type { Git, GitBytesTask } from "../git-task.ts";
import type { RefChange } from "./plan-ref-updates.ts";

interface Where {
  readonly git: Git;
  /** The cache with the objects. */
  readonly folder: string;
}

const atOnce = 8;

/** The changes that leave commits behind: where the old value does not lead to the new one, or is not known here. */
export async function findRewrites(
  { git, folder }: Where,
  changes: readonly RefChange[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const rewrites = new Set<string>();
  const waiting = changes.filter(({ from, to }) => from !== undefined && to !== undefined);
  const work = async () => {
    for (let change = waiting.pop(); change !== undefined; change = waiting.pop())
      if (!(await git.run(isAncestor(change), { folder, signal }))) rewrites.add(change.ref);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return rewrites;
}

/** 128: one of them is not here, or is no commit. */
function isAncestor({ from = "", to = "" }: RefChange): GitBytesTask<boolean> {
  return {
    args: ["merge-base", "--is-ancestor", from, to],
    answers: [0, 1, 128],
    parseBytes: (_, { code }) => code === 0,
  };
}
