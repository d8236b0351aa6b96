import { z } from "zod";
import type { PullRequest } from "../pull-requests.ts";

const Repository = z.object({ id: z.number() });

/** What is read of GitHub's `pull-request` and `pull-request-simple`. */
const Answer = z.object({
  number: z.int().positive(),
  html_url: z.url(),
  title: z.string(),
  body: z.string().nullable(),
  state: z.enum(["open", "closed"]),
  created_at: z.string(),
  closed_at: z.string().nullable(),
  merged_at: z.string().nullable(),
  merge_commit_sha: z.string().nullish(),
  /** `repo` is null when a fork was deleted. */
  head: z.object({ ref: z.string(), sha: z.string(), repo: Repository.nullable() }),
  base: z.object({ ref: z.string(), repo: Repository }),
});

/** A pull request, and whether its branch is in the repository itself. Repositories are told apart by id: names change. */
export const PullAnswer = Answer.transform((answer) => {
  const pull: PullRequest = {
    number: answer.number,
    url: answer.html_url,
    title: answer.title,
    body: answer.body ?? "",
    state: answer.merged_at !== null ? "merged" : answer.state,
    branch: answer.head.ref,
    head: answer.head.sha,
    base: answer.base.ref,
    createdAt: answer.created_at,
    ...(answer.closed_at !== null && { endedAt: answer.merged_at ?? answer.closed_at }),
    ...(answer.merged_at !== null && answer.merge_commit_sha != null && { mergeCommit: answer.merge_commit_sha }),
  };
  return { pull, fork: answer.head.repo?.id !== answer.base.repo.id };
});

export const PullAnswers = z.array(PullAnswer);
