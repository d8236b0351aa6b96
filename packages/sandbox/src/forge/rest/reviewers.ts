import { userPermission } from "../authenticate.ts";
import { pullEvent } from "../events.ts";
import { changePull, fullName, type Repository } from "../state.ts";
import type { World } from "../world.ts";
import { ApiError, created, inRepository, ok, type Answer, type RepositoryCall } from "./operation.ts";
import { findPull } from "./pulls.ts";
import { representPull } from "./represent-pull.ts";

interface Reviewers {
  readonly reviewers?: readonly string[];
  readonly team_reviewers?: readonly string[];
}

export const reviewerOperations = [
  inRepository<Reviewers>("pulls/request-reviewers", "write", requestReviewers),
  inRepository<Reviewers>("pulls/remove-requested-reviewers", "write", (call) => {
    const { world, repository, body } = call;
    const pull = findPull(call);
    const reviewers = pull.reviewers.filter((login) => !isAmong(login, body.reviewers));
    const teams = pull.teams.filter((slug) => !isAmong(slug, body.team_reviewers));
    return ok(representPull(world, repository, changePull(repository, pull, { reviewers, teams })));
  }),
];

/** All or nobody: one who may not be asked refuses the whole request, as on GitHub. */
function requestReviewers(call: RepositoryCall<Reviewers>): Answer {
  const { world, repository, body, user } = call;
  const pull = findPull(call);
  const logins = body.reviewers ?? [];
  const slugs = body.team_reviewers ?? [];
  if (isAmong(pull.user, logins)) throw new ApiError(422, "Review cannot be requested from pull request author.");
  const known =
    logins.every((login) => isReviewer(world, repository, login)) &&
    slugs.every((slug) => hasTeam(world, repository, slug));
  if (!known)
    throw new ApiError(
      422,
      "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a " +
        `collaborator of the ${fullName(repository)} repository.`,
    );
  const changed = changePull(repository, pull, {
    reviewers: [...new Set([...pull.reviewers, ...logins])],
    teams: [...new Set([...pull.teams, ...slugs])],
  });
  pullEvent(world, repository, { pull: changed, action: "review_requested", by: user.login });
  return created(representPull(world, repository, changed));
}

function isReviewer(world: World, repository: Repository, login: string): boolean {
  const known = world.state.users.has(login.toLowerCase());
  return known && (repository.collaborators.has(login.toLowerCase()) || userPermission(login, repository) === "admin");
}

function hasTeam(world: World, { owner }: Repository, slug: string): boolean {
  return world.state.teams.has(`${owner}/${slug}`.toLowerCase());
}

function isAmong(name: string, names: readonly string[] | undefined): boolean {
  return names?.some((one) => one.toLowerCase() === name.toLowerCase()) === true;
}
