import { changePull, instant, userOf, type Comment, type Pull } from "../state.ts";
import { userPermission } from "../authenticate.ts";
import { checkText, findPull } from "./pulls.ts";
import { created, inRepository, notFound, ok, validationFailed, type RepositoryCall } from "./operation.ts";
import { page } from "./page.ts";
import { labelNames, nameLabels } from "./labels.ts";
import { representComment, representIssue } from "./represent-issue.ts";
import { representMilestone } from "./represent-label.ts";

interface UpdateIssue {
  readonly title?: string;
  readonly body?: string | null;
  readonly labels?: readonly (string | { readonly name?: string })[];
  readonly assignees?: readonly string[];
  readonly milestone?: number | string | null;
}

interface Assignees {
  readonly assignees?: readonly string[];
}

interface CommentBody {
  readonly body: string;
}

/** A pull request is an issue too; other issues the forge has none. */
export const issueOperations = [
  inRepository("issues/get", "read", (call) => ok(representIssue(call.world, call.repository, findPull(call)))),
  inRepository<UpdateIssue>("issues/update", "write", (call) => {
    const changed = changePull(call.repository, findPull(call), issueChanges(call));
    return ok(representIssue(call.world, call.repository, changed));
  }),
  inRepository<Assignees | undefined>("issues/add-assignees", "write", (call) => {
    const pull = findPull(call);
    const assignees = [...new Set([...pull.assignees, ...assignable(call, call.body?.assignees ?? [])])];
    return created(representIssue(call.world, call.repository, changePull(call.repository, pull, { assignees })));
  }),
  inRepository("issues/list-milestones", "read", ({ repository, ...call }) =>
    page(call, repository.milestones, (milestone) => representMilestone(call.world, repository, milestone)),
  ),
  inRepository("issues/list-comments", "read", ({ repository, ...call }) => {
    const { number } = findPull({ repository, params: call.params });
    const comments = repository.comments.filter((comment) => comment.number === number);
    return page(call, comments, (comment) => representComment(call.world, repository, comment));
  }),
  inRepository<CommentBody>("issues/create-comment", "read", createComment),
  inRepository<CommentBody>("issues/update-comment", "write", ({ world, repository, params, body }) => {
    checkText(body);
    const known = repository.comments.find(({ id }) => id === Number(params["comment_id"]));
    if (known === undefined) throw notFound();
    const changed = { ...known, body: body.body, updatedAt: instant() };
    repository.comments = repository.comments.map((comment) => (comment === known ? changed : comment));
    return ok(representComment(world, repository, changed));
  }),
];

function createComment(call: RepositoryCall<CommentBody>) {
  const { world, repository, user, body } = call;
  const pull = findPull(call);
  checkText(body);
  const now = instant();
  const comment: Comment = {
    id: world.state.nextId++,
    number: pull.number,
    user: user.login,
    body: body.body,
    createdAt: now,
    updatedAt: now,
  };
  repository.comments = [...repository.comments, comment];
  changePull(repository, pull, {});
  return created(representComment(world, repository, comment));
}

function issueChanges(call: RepositoryCall<UpdateIssue>): Partial<Pull> {
  const { body, repository } = call;
  checkText({ ...(body.title !== undefined && { title: body.title }), body: body.body ?? null });
  if (body.milestone !== undefined && body.milestone !== null) {
    const known = repository.milestones.some(({ number }) => number === Number(body.milestone));
    if (!known) throw validationFailed({ resource: "Issue", field: "milestone", code: "invalid" });
  }
  return {
    ...(body.title === undefined ? {} : { title: body.title }),
    ...(body.body === undefined ? {} : { body: body.body }),
    ...(body.labels === undefined ? {} : { labels: nameLabels(call, labelNames(body.labels)) }),
    ...(body.assignees === undefined ? {} : { assignees: assignable(call, body.assignees) }),
    ...(body.milestone === undefined ? {} : { milestone: body.milestone === null ? null : Number(body.milestone) }),
  };
}

/** Who cannot be assigned is left out without a word, as GitHub does it. */
function assignable({ world, repository }: Pick<RepositoryCall, "world" | "repository">, logins: readonly string[]) {
  const may = (login: string) =>
    world.state.users.has(login.toLowerCase()) &&
    (repository.collaborators.has(login.toLowerCase()) || userPermission(login, repository) === "admin");
  return logins.filter(may).map((login) => userOf(world.state, login).login);
}
