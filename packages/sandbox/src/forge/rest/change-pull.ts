import { pullEvent } from "../events.ts";
import { closePull } from "../follow-refs.ts";
import { countCommits, isAncestor } from "../git/compare-branches.ts";
import { changePull, findRepository, type Pull } from "../state.ts";
import { gitFolder } from "../world.ts";
import { inRepository, ok, validationFailed, type Answer, type RepositoryCall } from "./operation.ts";
import { checkText, checkUnique, findBase, findPull, headLabel, showPull } from "./pulls.ts";

interface UpdatePull {
  readonly title?: string;
  readonly body?: string | null;
  readonly state?: "open" | "closed";
  readonly base?: string;
}

export const changePullOperations = [inRepository<UpdatePull>("pulls/update", "write", updatePull)];

async function updatePull(call: RepositoryCall<UpdatePull>): Promise<Answer> {
  const { body } = call;
  checkText(body);
  let pull = findPull(call);
  if (body.base !== undefined && body.base !== pull.baseRef) pull = retarget(call, pull, body.base);
  if (body.state === "open" && pull.state === "closed") pull = await reopenPull(call, pull);
  if (body.title !== undefined || body.body !== undefined) pull = edit(call, pull);
  if (body.state === "closed" && pull.state === "open")
    pull = closePull(call.world, call.repository, { pull, by: call.user.login });
  return ok(await showPull(call, pull, false));
}

function edit({ world, repository, user, body }: RepositoryCall<UpdatePull>, pull: Pull): Pull {
  const changed = changePull(repository, pull, {
    title: body.title ?? pull.title,
    body: body.body === undefined ? pull.body : body.body,
  });
  pullEvent(world, repository, { pull: changed, action: "edited", by: user.login });
  return changed;
}

function retarget({ world, repository, user }: RepositoryCall<UpdatePull>, pull: Pull, base: string): Pull {
  if (pull.state === "closed") throw cannotChange("base", "Cannot change the base branch of a closed pull request.");
  const baseSha = findBase(repository, base);
  checkUnique(repository, headLabel(pull), base);
  const changed = changePull(repository, pull, { baseRef: base, baseSha });
  pullEvent(world, repository, { pull: changed, action: "edited", by: user.login });
  return changed;
}

/**
 * GitHub reopens a pull request only while its branch holds the commit that it was closed with: a branch that was
 * deleted, or made again from another commit, keeps it closed ("if the current head isn't a descendant of the stored
 * head sha", GitHub's support said). Throws ApiError 422 in GitHub's words.
 */
export async function reopenPull(
  { world, repository, user }: Pick<RepositoryCall, "world" | "repository" | "user">,
  pull: Pull,
): Promise<Pull> {
  if (pull.mergedAt !== null)
    throw cannotChange("state", "state cannot be changed. The pull request is already merged.");
  const head = findRepository(world.state, pull.headRepository);
  const tip = head?.refs.get(`refs/heads/${pull.headRef}`);
  if (head === undefined || tip === undefined)
    throw cannotChange("state", `state cannot be changed. The ${pull.headRef} branch has been deleted.`);
  const folder = gitFolder(world, repository);
  if (!(await isAncestor(folder, pull.headSha, tip)))
    throw cannotChange("state", `state cannot be changed. The ${pull.headRef} branch was force-pushed or recreated.`);
  const base = findBase(repository, pull.baseRef);
  if ((await countCommits(folder, base, tip)) === 0)
    throw cannotChange("state", `state cannot be changed. There are no new commits on the ${pull.headRef} branch.`);
  checkUnique(repository, headLabel(pull), pull.baseRef);
  const changed = changePull(repository, pull, { state: "open", closedAt: null, headSha: tip });
  pullEvent(world, repository, { pull: changed, action: "reopened", by: user.login });
  return changed;
}

function cannotChange(field: "state" | "base", message: string): Error {
  return validationFailed({ resource: "PullRequest", field, code: "custom", message });
}
