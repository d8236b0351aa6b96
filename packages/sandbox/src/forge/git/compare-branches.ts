import { runGit } from "./run-git.ts";

/** What `head` has that `base` has not, in GitHub's field names. */
export interface PullComparison {
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changed_files: number;
}

/** Counts commits and lines of `base...head`: two git processes side by side. */
export async function compareBranches(folder: string, base: string, head: string): Promise<PullComparison> {
  const [commits, lines] = await Promise.all([countCommits(folder, base, head), countLines(folder, base, head)]);
  return { commits, ...lines };
}

/** How many commits `head` has that `base` has not. */
export async function countCommits(folder: string, base: string, head: string): Promise<number> {
  const { text } = await runGit(folder, ["rev-list", "--count", `${base}..${head}`]);
  return Number(text);
}

/** Whether `ancestor` is reachable from `commit`. */
export async function isAncestor(folder: string, ancestor: string, commit: string): Promise<boolean> {
  const { code } = await runGit(folder, ["merge-base", "--is-ancestor", ancestor, commit], { answers: [1, 128] });
  return code === 0;
}

async function countLines(folder: string, base: string, head: string): Promise<Omit<PullComparison, "commits">> {
  const args = ["diff", "--shortstat", "--no-renames", `${base}...${head}`];
  // Histories without a common ancestor have no three-dot difference; GitHub refuses such pull requests.
  const { text } = await runGit(folder, args, { answers: [128] });
  const count = (word: RegExp) => Number(word.exec(text)?.[1] ?? 0);
  return {
    changed_files: count(/(\d+) files? changed/),
    additions: count(/(\d+) insertion/),
    deletions: count(/(\d+) deletion/),
  };
}
