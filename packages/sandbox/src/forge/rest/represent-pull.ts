import type { PullComparison } from "../git/compare-branches.ts";
import { findRepository, userOf, type Pull, type Repository } from "../state.ts";
import type { World } from "../world.ts";
import { representLabels, representMilestoneOf } from "./represent-label.ts";
import { apiUrl, representRepository, representUser, webUrl } from "./represent-repository.ts";
import { representTeam } from "./represent-team.ts";

/** GitHub's `pull-request-simple`: what lists carry. */
export function representPull(world: World, repository: Repository, pull: Pull): Record<string, unknown> {
  const user = (login: string) => representUser(world, userOf(world.state, login));
  const assignees = pull.assignees.map(user);
  const head = findRepository(world.state, pull.headRepository) ?? repository;
  const baseSha =
    pull.state === "open" ? (repository.refs.get(`refs/heads/${pull.baseRef}`) ?? pull.baseSha) : pull.baseSha;
  return {
    ...pullUrls(world, repository, pull),
    id: pull.id,
    node_id: `PR_${pull.id}`,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: user(pull.user),
    body: pull.body,
    labels: representLabels(world, repository, pull),
    milestone: representMilestoneOf(world, repository, pull),
    active_lock_reason: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommitSha,
    assignee: assignees[0] ?? null,
    assignees,
    requested_reviewers: pull.reviewers.map(user),
    requested_teams: pull.teams.map((slug) => representTeam(world, repository, slug)),
    head: representSide(world, head, { ref: pull.headRef, sha: pull.headSha }),
    base: representSide(world, repository, { ref: pull.baseRef, sha: baseSha }),
    author_association: "CONTRIBUTOR",
    auto_merge: null,
    draft: pull.draft,
  };
}

/** GitHub's `pull-request`: what `pulls/get`, `create` and `update` answer. */
export function representFullPull(
  world: World,
  repository: Repository,
  { pull, comparison, mergeable }: FullPull,
): Record<string, unknown> {
  const mergedBy = pull.mergedBy === null ? null : representUser(world, userOf(world.state, pull.mergedBy));
  return {
    ...representPull(world, repository, pull),
    merged: pull.mergedAt !== null,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: mergeable === null ? "unknown" : mergeable ? (pull.draft ? "draft" : "clean") : "dirty",
    merged_by: mergedBy,
    comments: repository.comments.filter(({ number }) => number === pull.number).length,
    review_comments: 0,
    maintainer_can_modify: false,
    ...comparison,
  };
}

export interface FullPull {
  readonly pull: Pull;
  readonly comparison: PullComparison;
  /** Null: not known yet, as GitHub says right after a write. */
  readonly mergeable: boolean | null;
}

function representSide(world: World, repository: Repository, { ref, sha }: { ref: string; sha: string }): object {
  return {
    label: `${repository.owner}:${ref}`,
    ref,
    sha,
    user: representUser(world, userOf(world.state, repository.owner)),
    repo: representRepository(world, repository),
  };
}

function pullUrls(world: World, repository: Repository, pull: Pull): object {
  const api = apiUrl(world, repository);
  const urls = {
    url: `${api}/pulls/${pull.number}`,
    html_url: `${webUrl(world, repository)}/pull/${pull.number}`,
    diff_url: `${webUrl(world, repository)}/pull/${pull.number}.diff`,
    patch_url: `${webUrl(world, repository)}/pull/${pull.number}.patch`,
    issue_url: `${api}/issues/${pull.number}`,
    commits_url: `${api}/pulls/${pull.number}/commits`,
    review_comments_url: `${api}/pulls/${pull.number}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${api}/issues/${pull.number}/comments`,
    statuses_url: `${api}/statuses/${pull.headSha}`,
  };
  const links = {
    self: urls.url,
    html: urls.html_url,
    issue: urls.issue_url,
    comments: urls.comments_url,
    review_comments: urls.review_comments_url,
    review_comment: urls.review_comment_url,
    commits: urls.commits_url,
    statuses: urls.statuses_url,
  };
  return { ...urls, _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])) };
}
