import type { Commit } from "../git/read-commits.ts";
import type { Repository } from "../state.ts";
import type { World } from "../world.ts";
import { apiUrl, webUrl } from "./represent-repository.ts";

/** GitHub's `commit`. */
export function representCommit(world: World, repository: Repository, commit: Commit): object {
  const api = apiUrl(world, repository);
  const url = `${api}/commits/${commit.sha}`;
  const verification = { verified: false, reason: "unsigned", payload: null, signature: null, verified_at: null };
  return {
    url,
    sha: commit.sha,
    node_id: `C_${commit.sha}`,
    html_url: `${webUrl(world, repository)}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    commit: {
      url: `${api}/git/commits/${commit.sha}`,
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      comment_count: 0,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      verification,
    },
    author: {},
    committer: {},
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/commits/${sha}` })),
  };
}

/** A commit as the payload of a push shows it. */
export function representCommitOfPush(world: World, repository: Repository, commit: Commit): object {
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${webUrl(world, repository)}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
  };
}
