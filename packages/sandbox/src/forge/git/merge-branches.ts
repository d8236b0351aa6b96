import type { Author } from "./commit-files.ts";
import { runGit } from "./run-git.ts";

export type MergeMethod = "merge" | "squash" | "rebase";

export interface Merge {
  /** Commit ids. */
  readonly base: string;
  readonly head: string;
  readonly message: string;
  readonly by: Author;
}

/** The tree that merging `head` into `base` gives, or undefined where they conflict. Needs no worktree. */
export async function mergeTree(folder: string, base: string, head: string): Promise<string | undefined> {
  const args = ["merge-tree", "--write-tree", "--no-messages", base, head];
  const { code, text } = await runGit(folder, args, { answers: [1] });
  return code === 0 ? text : undefined;
}

/** Makes the commit that the base branch gets by each of GitHub's three ways; undefined where they conflict. */
export async function mergeBranches(folder: string, merge: Merge, method: MergeMethod): Promise<string | undefined> {
  if (method === "rebase") return await rebase(folder, merge);
  const tree = await mergeTree(folder, merge.base, merge.head);
  if (tree === undefined) return undefined;
  const parents = method === "merge" ? [merge.base, merge.head] : [merge.base];
  return await commitTree(
    folder,
    { tree, parents, message: merge.message, author: identity(merge.by, "AUTHOR") },
    merge,
  );
}

async function rebase(folder: string, merge: Merge): Promise<string | undefined> {
  const range = `${merge.base}..${merge.head}`;
  const { text } = await runGit(folder, ["rev-list", "--reverse", "--topo-order", "--no-merges", range]);
  let tip: string | undefined = merge.base;
  for (const commit of text === "" ? [] : text.split("\n")) {
    tip = await pickCommit(folder, { ...merge, base: tip, head: commit });
    if (tip === undefined) return undefined;
  }
  return tip;
}

/**
 * Applies one commit onto another: a merge of both over the commit's parent. `merge-tree` finds its base by history
 * alone (`--merge-base` came with git 2.40), so both sides are put on a common root made for it.
 */
async function pickCommit(folder: string, merge: Merge): Promise<string | undefined> {
  const scaffold = async (tree: string, parents: readonly string[]) =>
    await commitTree(folder, { tree, parents, message: "scaffold", author: identity(merge.by, "AUTHOR") }, merge);
  const root = await scaffold(`${merge.head}^^{tree}`, []);
  const [ours, theirs] = await Promise.all([
    scaffold(`${merge.base}^{tree}`, [root]),
    scaffold(`${merge.head}^{tree}`, [root]),
  ]);
  const tree = await mergeTree(folder, ours, theirs);
  if (tree === undefined) return undefined;
  const format = "--format=%an%x00%ae%x00%ad%x00%B";
  const { text } = await runGit(folder, ["log", "-1", "--date=raw", format, merge.head]);
  const [name = "", email = "", date = "", message = ""] = text.split("\0");
  const author = { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: date };
  return await commitTree(folder, { tree, parents: [merge.base], message, author }, merge);
}

interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: Readonly<Record<string, string>>;
}

async function commitTree(folder: string, commit: NewCommit, { by }: Pick<Merge, "by">): Promise<string> {
  const parents = commit.parents.flatMap((parent) => ["-p", parent]);
  const env = { ...commit.author, ...identity(by, "COMMITTER") };
  const { text } = await runGit(folder, ["commit-tree", ...parents, commit.tree], { input: commit.message, env });
  return text;
}

function identity({ name, email }: Author, role: "AUTHOR" | "COMMITTER"): Record<string, string> {
  return { [`GIT_${role}_NAME`]: name, [`GIT_${role}_EMAIL`]: email };
}
