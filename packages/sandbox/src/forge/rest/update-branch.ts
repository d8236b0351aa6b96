import { followRefs } from "../follow-refs.ts";
import { updateRefs } from "../git/bare-repository.ts";
import { mergeBranches } from "../git/merge-branches.ts";
import { findRepository, type Pull, type Repository } from "../state.ts";
import { gitFolder, type World } from "../world.ts";
import { ApiError, inRepository, validationFailed } from "./operation.ts";
import { findPull } from "./pulls.ts";
import { webUrl } from "./represent-repository.ts";

export const updateBranchOperations = [
  inRepository<{ readonly expected_head_sha?: string } | null | undefined>(
    "pulls/update-branch",
    "write",
    async (call) => {
      const { world, repository, user, body } = call;
      const pull = findPull(call);
      const expected = body?.expected_head_sha;
      if (expected !== undefined && expected !== pull.headSha)
        throw new ApiError(422, "expected head sha didn't match current head ref.");
      await updateBranch(world, repository, { pull, by: user.login });
      const url = `${webUrl(world, repository)}/pull/${pull.number}`;
      return { status: 202, body: { message: "Updating pull request branch.", url } };
    },
  ),
];

/** Merges the base branch into the head branch: the "Update branch" button. Throws ApiError 422 where they conflict. */
export async function updateBranch(
  world: World,
  repository: Repository,
  { pull, by }: { readonly pull: Pull; readonly by: string },
): Promise<void> {
  const head = findRepository(world.state, pull.headRepository) ?? repository;
  const folder = gitFolder(world, head);
  const tip = repository.refs.get(`refs/heads/${pull.baseRef}`) ?? pull.baseSha;
  const sha = await mergeBranches(
    folder,
    {
      base: pull.headSha,
      head: tip,
      message: `Merge branch '${pull.baseRef}' into ${pull.headRef}\n`,
      by: { name: by, email: `${by}@users.noreply.example.com` },
    },
    "merge",
  );
  if (sha === undefined)
    throw validationFailed({
      resource: "PullRequest",
      code: "custom",
      message: "merge conflict between base and head",
    });
  await updateRefs(folder, [{ ref: `refs/heads/${pull.headRef}`, to: sha, from: pull.headSha }]);
  await followRefs(world, head, by);
}
