import { compareBranches, type PullComparison } from "./git/compare-branches.ts";
import { mergeTree } from "./git/merge-branches.ts";

/** What is known of pairs of commits: worked out when first asked for, by GitHub's own manner. */
export interface CompareCache {
  comparison(folder: string, base: string, head: string): Promise<PullComparison>;
  mergeable(folder: string, base: string, head: string): Promise<boolean>;
}

const kept = 1000;

/** Keeps the newest thousand answers; commits never change, so neither do they. */
export function createCompareCache(): CompareCache {
  const comparison = remember(compareBranches);
  const mergeable = remember(async (folder, base, head) => (await mergeTree(folder, base, head)) !== undefined);
  return { comparison, mergeable };
}

type Compare<Result> = (folder: string, base: string, head: string) => Promise<Result>;

function remember<Result>(compare: Compare<Result>): Compare<Result> {
  const answers = new Map<string, Promise<Result>>();
  return (folder, base, head) => {
    const key = `${folder} ${base} ${head}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = compare(folder, base, head);
    answers.set(key, answer);
    answer.catch(() => answers.delete(key));
    const [oldest] = answers.keys();
    if (answers.size > kept && oldest !== undefined) answers.delete(oldest);
    return answer;
  };
}
