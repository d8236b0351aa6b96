import type { GitFolder } from "./git-folder.ts";
import type { GitBytesTask, GitTask } from "./git-task.ts";
import { parentsOf, planCommit } from "./plan-commit.ts";
import { filePath } from "./file-path.ts";
import type { CommitPlan, TreeEntry, WrittenCommit } from "./repository.ts";
import { treeEntries } from "./tree-entries.ts";

/**
 * See `Repository.writeCommit`. Two processes however many files there are, and no blob of the base is needed: see
 * docs/decisions/0002-git-plumbing.md for the figures.
 */
export async function writeCommit(folder: GitFolder, plan: CommitPlan): Promise<WrittenCommit> {
  const entries = await entriesOnTheWay(folder, plan);
  const script = planCommit(plan, entries);
  if (script.kind === "unchanged") {
    return { commit: plan.base, tree: await folder.run(treeOf(plan.base)), changed: false };
  }
  return { ...(await folder.run(importCommit(script.stream))), changed: true };
}

/** ls-tree tells of folders on the way to a path, but not of a file or link that stands where one should be. */
async function entriesOnTheWay(folder: GitFolder, plan: CommitPlan): Promise<ReadonlyMap<string, TreeEntry>> {
  const paths = plan.files.map(({ path }) => filePath(path));
  const entries = await folder.run(treeEntries(plan.base, paths));
  const gaps = new Set(paths.flatMap((path) => parentsOf(path).find((parent) => !entries.has(parent)) ?? []));
  if (gaps.size === 0) return entries;
  return new Map([...entries, ...(await folder.run(treeEntries(plan.base, [...gaps])))]);
}

function treeOf(commit: string): GitTask<string> {
  return { args: ["rev-parse", "--verify", "--end-of-options", `${commit}^{tree}`], parse: (out) => out.trim() };
}

/** Answers: the commit's id, then `040000 tree <id>\t`. */
function importCommit(stream: Buffer): GitBytesTask<{ readonly commit: string; readonly tree: string }> {
  return {
    args: ["fast-import", "--quiet", "--done", "--force", "--date-format=raw"],
    input: stream,
    parseBytes(stdout) {
      const [commit = "", root = ""] = stdout.toString().split("\n");
      return { commit, tree: root.split(/\s/)[2] ?? "" };
    },
  };
}
