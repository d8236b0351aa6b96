import { userOf, type Comment, type Pull, type Repository } from "../state.ts";
import type { World } from "../world.ts";
import { representLabels, representMilestoneOf } from "./represent-label.ts";
import { apiUrl, representUser, webUrl } from "./represent-repository.ts";

/** GitHub's `issue`: every pull request is one too. */
export function representIssue(world: World, repository: Repository, pull: Pull): Record<string, unknown> {
  const user = (login: string) => representUser(world, userOf(world.state, login));
  const api = apiUrl(world, repository);
  const url = `${api}/issues/${pull.number}`;
  const web = `${webUrl(world, repository)}/pull/${pull.number}`;
  const assignees = pull.assignees.map(user);
  return {
    id: pull.id,
    node_id: `PR_${pull.id}`,
    url,
    repository_url: api,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: web,
    number: pull.number,
    state: pull.state,
    title: pull.title,
    body: pull.body,
    user: user(pull.user),
    labels: representLabels(world, repository, pull),
    assignee: assignees[0] ?? null,
    assignees,
    milestone: representMilestoneOf(world, repository, pull),
    locked: false,
    active_lock_reason: null,
    comments: repository.comments.filter(({ number }) => number === pull.number).length,
    author_association: "CONTRIBUTOR",
    closed_at: pull.closedAt,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    draft: pull.draft,
    pull_request: {
      url: `${api}/pulls/${pull.number}`,
      html_url: web,
      diff_url: `${web}.diff`,
      patch_url: `${web}.patch`,
      merged_at: pull.mergedAt,
    },
  };
}

/** GitHub's `issue-comment`. */
export function representComment(world: World, repository: Repository, comment: Comment): object {
  const api = apiUrl(world, repository);
  return {
    id: comment.id,
    node_id: `IC_${comment.id}`,
    url: `${api}/issues/comments/${comment.id}`,
    html_url: `${webUrl(world, repository)}/pull/${comment.number}#comment-${comment.id}`,
    issue_url: `${api}/issues/${comment.number}`,
    user: representUser(world, userOf(world.state, comment.user)),
    body: comment.body,
    author_association: "CONTRIBUTOR",
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
  };
}
