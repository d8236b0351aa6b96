import { readCommits } from "../git/read-commits.ts";
import type { Protection, Repository } from "../state.ts";
import { gitFolder } from "../world.ts";
import { ApiError, inRepository, ok, type RepositoryCall } from "./operation.ts";
import { page } from "./page.ts";
import { representCommit } from "./represent-commit.ts";
import { apiUrl, webUrl } from "./represent-repository.ts";

export const branchOperations = [
  inRepository("repos/list-branches", "read", ({ repository, ...call }) => {
    const heads = [...repository.refs].filter(([ref]) => ref.startsWith("refs/heads/"));
    return page(call, heads, ([ref, sha]) => {
      const name = ref.slice("refs/heads/".length);
      const commit = { sha, url: `${apiUrl(call.world, repository)}/commits/${sha}` };
      return { name, commit, protected: repository.protection.has(name) };
    });
  }),
  inRepository("repos/get-branch", "read", async (call) => {
    const { world, repository } = call;
    const { name, sha } = findBranch(call);
    const [commit] = await readCommits(gitFolder(world, repository), sha, 1);
    if (commit === undefined) throw new ApiError(404, "Branch not found");
    const self = `${apiUrl(world, repository)}/branches/${name}`;
    const rule = repository.protection.get(name);
    return ok({
      name,
      commit: representCommit(world, repository, commit),
      _links: { self, html: `${webUrl(world, repository)}/tree/${name}` },
      protected: rule !== undefined,
      protection: rule === undefined ? { enabled: false } : representProtection(self, rule),
      protection_url: `${self}/protection`,
    });
  }),
  inRepository("repos/get-branch-protection", "read", (call) => {
    const { name } = findBranch(call);
    const rule = call.repository.protection.get(name);
    if (rule === undefined) throw new ApiError(404, "Branch not protected");
    return ok(representProtection(`${apiUrl(call.world, call.repository)}/branches/${name}`, rule));
  }),
];

function findBranch({ repository, params }: Pick<RepositoryCall, "params"> & { readonly repository: Repository }) {
  const name = params["branch"] ?? "";
  const sha = repository.refs.get(`refs/heads/${name}`);
  if (sha === undefined) throw new ApiError(404, "Branch not found");
  return { name, sha };
}

function representProtection(branch: string, rule: Protection): object {
  const url = `${branch}/protection`;
  const reviews = { dismiss_stale_reviews: false, require_code_owner_reviews: false };
  return {
    url,
    enabled: true,
    allow_force_pushes: { enabled: rule.allowForcePushes === true },
    allow_deletions: { enabled: rule.allowDeletions === true },
    ...(rule.requirePullRequest === true ? { required_pull_request_reviews: reviews } : {}),
  };
}
