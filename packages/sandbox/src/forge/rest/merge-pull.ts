import { updateRefs, type RefUpdate } from "../git/bare-repository.ts";
import { mergeBranches, type MergeMethod } from "../git/merge-branches.ts";
import { followRefs, markMerged } from "../follow-refs.ts";
import type { Pull, Repository } from "../state.ts";
import { gitFolder, type World } from "../world.ts";
import { ApiError, inRepository, ok, type RepositoryCall } from "./operation.ts";
import { findPull, headLabel } from "./pulls.ts";

interface MergeBody {
  readonly commit_title?: string;
  readonly commit_message?: string;
  readonly sha?: string;
  readonly merge_method?: MergeMethod;
}

export const mergePullOperations = [
  inRepository<MergeBody | null>("pulls/merge", "write", async (call) => {
    const sha = await mergePull(call.world, call.repository, requestedMerge(call));
    return ok({ sha, merged: true, message: "Pull Request successfully merged" });
  }),
];

export interface RequestedMerge {
  readonly pull: Pull;
  readonly method: MergeMethod;
  readonly by: string;
  readonly title?: string | undefined;
  readonly message?: string | undefined;
  /** What the head must be. */
  readonly sha?: string | undefined;
}

/** Merges by real git objects and gives the merge commit. Throws ApiError 405 or 409 in GitHub's words. */
export async function mergePull(world: World, repository: Repository, merge: RequestedMerge): Promise<string> {
  const { pull, method, by } = merge;
  checkAllowed(repository, merge);
  const folder = gitFolder(world, repository);
  const ref = `refs/heads/${pull.baseRef}`;
  const base = repository.refs.get(ref) ?? pull.baseSha;
  const who = { name: by, email: `${by}@users.noreply.example.com` };
  const message = mergeMessage(merge);
  const sha = await mergeBranches(folder, { base, head: pull.headSha, message, by: who }, method);
  if (sha === undefined) throw new ApiError(405, "Pull Request is not mergeable");
  await moveBase(folder, { ref, to: sha, from: base });
  // A push that is being followed just now may have seen the commits arrive.
  if (repository.pulls.get(pull.number)?.mergedAt === null) markMerged(world, repository, { pull, sha, by });
  const deleted = repository.settings.deleteBranchOnMerge ? [{ ref: `refs/heads/${pull.headRef}`, to: undefined }] : [];
  await updateRefs(folder, deleted);
  await followRefs(world, repository, by);
  return sha;
}

async function moveBase(folder: string, update: RefUpdate): Promise<void> {
  await updateRefs(folder, [update]).catch(() => {
    throw new ApiError(409, "Base branch was modified. Review and try the merge again.");
  });
}

function requestedMerge(call: RepositoryCall<MergeBody | null>): RequestedMerge {
  const { commit_title: title, commit_message: message, sha, merge_method: method = "merge" } = call.body ?? {};
  return { pull: findPull(call), method, by: call.user.login, title, message, sha };
}

function checkAllowed({ settings }: Repository, { pull, method, sha }: RequestedMerge): void {
  if (pull.state === "closed" || pull.draft) throw new ApiError(405, "Pull Request is not mergeable");
  if (method === "merge" && !settings.allowMergeCommit)
    throw new ApiError(405, "Merge commits are not allowed on this repository.");
  if (method === "squash" && !settings.allowSquashMerge)
    throw new ApiError(405, "Squash merges are not allowed on this repository.");
  if (method === "rebase" && !settings.allowRebaseMerge)
    throw new ApiError(405, "Rebase merges are not allowed on this repository.");
  if (sha !== undefined && sha !== pull.headSha)
    throw new ApiError(409, "Head branch was modified. Review and try the merge again.");
}

function mergeMessage({ pull, method, title, message }: RequestedMerge): string {
  const usual =
    method === "merge"
      ? `Merge pull request #${pull.number} from ${headLabel(pull).replace(":", "/")}`
      : `${pull.title} (#${pull.number})`;
  const rest = message ?? (method === "merge" ? pull.title : "");
  return rest === "" ? `${title ?? usual}\n` : `${title ?? usual}\n\n${rest}\n`;
}
