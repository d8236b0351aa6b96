import { PermanentError } from "@lockstep/shared/errors";
import { branchRef } from "./branch-ref.ts";
import type { GitFolder } from "./git-folder.ts";
import type { GitTask } from "./git-task.ts";
import { listRemoteRefs } from "./remote-refs.ts";
import type { FetchedBranches } from "./repository.ts";

/** See `Repository.fetchBase`. */
export async function fetchBase(
  folder: GitFolder,
  base: string,
  others: readonly string[] = [],
): Promise<FetchedBranches> {
  try {
    await folder.run(fetchTips(base, others));
  } catch (error) {
    if (error instanceof PermanentError && error.code === "GIT_REF_NOT_FOUND") throw await missingBase(folder, base);
    throw error;
  }
  const tips = await folder.run(listTips);
  const tip = tips.get(baseTip);
  if (tip === undefined) throw await missingBase(folder, base);
  return { base: tip, others: new Map(others.map((name, index) => [name, tips.get(otherTip(index))])) };
}

/** See `Repository.deepen`. By object id: a branch that moved in between changes nothing. */
export async function deepen(folder: GitFolder, commits: readonly string[], depth = 100): Promise<void> {
  const args = [...fetchArgs, `--depth=${depth}`, "--filter=blob:none", "origin", ...commits];
  await folder.run({ args, parse: () => undefined, remote: true });
}

/** For every fetch: nothing that was not asked for, no files but objects and refs. */
export const fetchArgs = [
  "fetch",
  "--quiet",
  "--no-tags",
  "--no-recurse-submodules",
  "--no-auto-maintenance",
  "--no-write-fetch-head",
];

const baseTip = "refs/lockstep/base";
const otherTip = (index: number) => `refs/lockstep/branch/${index}/tip`;

/**
 * A ref that is missing ends a fetch, but a pattern may match nothing: the other branches are asked for as patterns.
 * Names that merely begin alike come with them, a commit each. A folder for each pattern, and pruning, keep refs
 * that were `a` yesterday and are `a/b` today out of each other's way.
 */
function fetchTips(base: string, others: readonly string[]): GitTask<undefined> {
  const refspecs = [
    `+${branchRef(base)}:${baseTip}`,
    ...others.map((name, index) => `+${branchRef(name)}*:${otherTip(index)}*`),
  ];
  const args = [...fetchArgs, "--prune", "--depth=1", "--filter=blob:none", "origin", ...refspecs];
  return { args, parse: () => undefined, remote: true };
}

const listTips: GitTask<ReadonlyMap<string, string>> = {
  args: ["for-each-ref", "--format=%(refname) %(objectname)", "refs/lockstep/"],
  parse: (stdout) => new Map(stdout.split("\n").map((line) => line.split(" ", 2) as [string, string])),
};

async function missingBase(folder: GitFolder, base: string): Promise<PermanentError> {
  const refs = await folder.run(listRemoteRefs(folder.url, ["refs/heads/*"]));
  if (refs.size === 0) {
    return new PermanentError("EMPTY_REPOSITORY", `${folder.url} has no commit yet`, {
      hint: "Push a first commit to its base branch.",
    });
  }
  const names = [...refs.keys()].slice(0, 10).map((name) => name.slice("refs/heads/".length));
  return new PermanentError("BRANCH_NOT_FOUND", `${folder.url} has no branch ${base}; it has ${names.join(", ")}`, {
    hint: "Correct the target's branch in the configuration.",
  });
}
