import type { PullRequest, PullRequests } from "../pull-requests.ts";

/** Branch → its pull requests, as far as they were looked for. */
export interface SeenPulls {
  of(branch: string): readonly PullRequest[];
  /** All open ones of the repository; empty where they were not listed. */
  readonly open: readonly PullRequest[];
  /** Looks at branches that were not looked at yet. */
  lookAt(branches: readonly string[]): Promise<void>;
}

/** From this many branches on, one list of all that is open costs no more than a question for each. */
const manyBranches = 2;

/**
 * Looks at pull requests in as few calls as will do: one for each branch, or one for all that are open and then one
 * for each branch that has none open, because there the closed ones matter.
 */
export async function lookAtPulls(
  pulls: PullRequests,
  { branches, listAll }: { readonly branches: readonly string[]; readonly listAll: boolean },
): Promise<SeenPulls> {
  const open = listAll || branches.length >= manyBranches ? await pulls.listOpen() : [];
  const found = new Map<string, readonly PullRequest[]>();
  for (const pull of open) found.set(pull.branch, [...(found.get(pull.branch) ?? []), pull]);
  const seen: SeenPulls = {
    open,
    of: (branch) => found.get(branch) ?? [],
    async lookAt(names) {
      const missing = [...new Set(names)].filter((name) => !found.has(name));
      const lists = await Promise.all(missing.map((name) => pulls.findByBranch(name)));
      for (const [index, name] of missing.entries()) found.set(name, lists[index] ?? []);
    },
  };
  await seen.lookAt(branches);
  return seen;
}
