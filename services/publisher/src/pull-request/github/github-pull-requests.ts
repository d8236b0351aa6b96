import { TransientError } from "@lockstep/shared/runtime";
import { z } from "zod";
import type { Forge, Opened, PullRequest, PullRequestDraft, PullRequests } from "../pull-requests.ts";
import { commentOnce } from "./comment-once.ts";
import { dressPullRequest } from "./dress-pull-request.ts";
import { mayHaveWorked, refusedStatus, type GitHubApi } from "./github-api.ts";
import { gitHubRepository, type GitHubRepository } from "./github-repository.ts";
import { PullAnswer, PullAnswers } from "./pull-answer.ts";

/** GitHub behind the publisher's port: https://docs.github.com/rest/pulls, and the rules that are not told there. */
export function createGitHubForge(api: GitHubApi): Forge {
  return { of: (name, signal) => pullRequestsOf(gitHubRepository(api, name, signal)) };
}

function pullRequestsOf(repository: GitHubRepository): PullRequests {
  return {
    ready: repository.ready,
    findByBranch: (branch) => findByBranch(repository, branch),
    listOpen: () => listOpen(repository),
    open: (draft) => open(repository, draft),
    dress: (number, dress) => dressPullRequest(repository, number, dress),
    async change(number, change) {
      const parameters = { pull_number: number, ...change };
      try {
        return (
          await repository.call({
            route: "PATCH /repos/{owner}/{repo}/pulls/{pull_number}",
            parameters,
            answer: PullAnswer,
          })
        ).pull;
      } catch (error) {
        if (change.state === "open" && refusedStatus(error) === 422) return undefined;
        throw error;
      }
    },
    comment: (number, comment) => commentOnce(repository, number, comment),
    async restoreBranch(branch, commit) {
      const parameters = { ref: `refs/heads/${branch}`, sha: commit };
      try {
        await repository.call({ route: "POST /repos/{owner}/{repo}/git/refs", parameters, answer: z.unknown() });
        return true;
      } catch (error) {
        if (refusedStatus(error) === 422) return false;
        throw error;
      }
    },
  };
}

const listRoute = "GET /repos/{owner}/{repo}/pulls";

async function findByBranch({ call, owner }: GitHubRepository, branch: string): Promise<readonly PullRequest[]> {
  const parameters = { head: `${owner}:${branch}`, state: "all", sort: "created", direction: "desc", per_page: 30 };
  const found = await call({ route: listRoute, parameters, answer: PullAnswers });
  return found.filter(({ pull, fork }) => !fork && pull.branch === branch).map(({ pull }) => pull);
}

const pageSize = 100;
const mostPages = 10;

async function listOpen({ call }: GitHubRepository): Promise<readonly PullRequest[]> {
  const all: PullRequest[] = [];
  for (let page = 1; page <= mostPages; page++) {
    const parameters = { state: "open", per_page: pageSize, page };
    const found = await call({ route: listRoute, parameters, answer: PullAnswers });
    all.push(...found.filter(({ fork }) => !fork).map(({ pull }) => pull));
    if (found.length < pageSize) break;
  }
  return all;
}

/** A POST that failed may have worked: what is there is looked for before anything is sent again (I3). */
async function open(repository: GitHubRepository, draft: PullRequestDraft): Promise<Opened> {
  const { branch, ...fields } = draft;
  const parameters = { ...fields, head: branch };
  try {
    const route = "POST /repos/{owner}/{repo}/pulls";
    const { pull } = await repository.call({ route, parameters, answer: PullAnswer });
    return { pull, created: true, warnings: [] };
  } catch (error) {
    const words = error instanceof Error ? error.message : "";
    const refused = refusedStatus(error) === 422;
    if (refused && draft.draft && /draft pull requests are not supported/i.test(words)) {
      const opened = await open(repository, { ...draft, draft: false });
      return { ...opened, warnings: ["this repository has no draft pull requests: it was opened as a usual one"] };
    }
    const exists = refused && /pull request already exists/i.test(words);
    if (!exists && !mayHaveWorked(error)) throw refused ? tooSoon(words, error) : error;
    const pull = await findOpened(repository, draft);
    if (pull !== undefined) return { pull, created: !exists, warnings: [] };
    throw exists ? staleRead(draft, error) : error;
  }
}

/** GitHub lists by head; where that shows nothing (a renamed owner, a replica that lags), all open ones are looked at. */
async function findOpened(repository: GitHubRepository, draft: PullRequestDraft): Promise<PullRequest | undefined> {
  const fits = (pull: PullRequest) => pull.state === "open" && pull.branch === draft.branch && pull.base === draft.base;
  return (await findByBranch(repository, draft.branch)).find(fits) ?? (await listOpen(repository)).find(fits);
}

function staleRead({ branch }: PullRequestDraft, cause: unknown): TransientError {
  const message = `GitHub has a pull request from ${branch} already, and does not list it yet`;
  return new TransientError("GITHUB_STALE_READ", message, { retryAfterMs: 2000, cause });
}

/** A branch that was pushed just now may not be seen yet, nor its commits. */
function tooSoon(words: string, cause: unknown): unknown {
  if (!/no commits between|"field":"head","code":"invalid"/i.test(words)) return cause;
  const message = `GitHub does not see what was pushed yet: ${words}`;
  return new TransientError("GITHUB_STALE_READ", message, { retryAfterMs: 2000, cause });
}
