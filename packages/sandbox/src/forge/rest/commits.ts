import { readCommits, readFileChanges, type FileChange } from "../git/read-commits.ts";
import { runGit } from "../git/run-git.ts";
import type { Pull, Repository } from "../state.ts";
import { gitFolder, type World } from "../world.ts";
import { ApiError, inRepository, notFound, ok, type RepositoryCall } from "./operation.ts";
import { page } from "./page.ts";
import { findPull } from "./pulls.ts";
import { representCommit } from "./represent-commit.ts";
import { apiUrl, webUrl } from "./represent-repository.ts";

export const commitOperations = [
  inRepository("repos/get-commit", "read", async ({ world, repository, params }) => {
    const ref = params["ref"] ?? "";
    const [commit] = await readCommits(
      gitFolder(world, repository),
      repository.refs.get(`refs/heads/${ref}`) ?? ref,
      1,
    );
    if (commit === undefined) throw new ApiError(422, `No commit found for SHA: ${ref}`);
    return ok(representCommit(world, repository, commit));
  }),
  inRepository("repos/list-commits", "read", async ({ repository, ...call }) => {
    const start = call.query["sha"] ?? repository.settings.defaultBranch;
    const commits = await readCommits(gitFolder(call.world, repository), start);
    return page(call, commits, (commit) => representCommit(call.world, repository, commit));
  }),
  inRepository("pulls/list-commits", "read", async ({ repository, ...call }) => {
    const { base, head } = pullRange(repository, findPull({ repository, params: call.params }));
    const commits = await readCommits(gitFolder(call.world, repository), `${base}..${head}`);
    return page(call, commits.toReversed(), (commit) => representCommit(call.world, repository, commit));
  }),
  inRepository("pulls/list-files", "read", async ({ repository, ...call }) => {
    const { base, head } = pullRange(repository, findPull({ repository, params: call.params }));
    const files = await readFileChanges(gitFolder(call.world, repository), base, head);
    return page(call, files, (file) => representFile(call.world, repository, { file, head }));
  }),
  inRepository("repos/get-content", "read", getContent),
];

/** The commits between which a pull request's changes are. */
export function pullRange(repository: Repository, pull: Pull): { readonly base: string; readonly head: string } {
  const tip = pull.state === "open" ? repository.refs.get(`refs/heads/${pull.baseRef}`) : undefined;
  return { base: tip ?? pull.baseSha, head: pull.headSha };
}

async function getContent({ world, repository, params, query }: RepositoryCall) {
  const path = params["path"] ?? "";
  const ref = query["ref"] ?? repository.settings.defaultBranch;
  const folder = gitFolder(world, repository);
  const named = await runGit(folder, ["rev-parse", "--verify", "--quiet", `${ref}:${path}`], { answers: [1, 128] });
  if (named.code !== 0) throw notFound();
  const { stdout } = await runGit(folder, ["cat-file", "blob", named.text]);
  const url = `${apiUrl(world, repository)}/contents/${path}?ref=${ref}`;
  const html = `${webUrl(world, repository)}/blob/${ref}/${path}`;
  const git = `${apiUrl(world, repository)}/git/blobs/${named.text}`;
  return ok({
    type: "file",
    encoding: "base64",
    size: stdout.length,
    name: path.split("/").at(-1) ?? path,
    path,
    content: stdout.toString("base64"),
    sha: named.text,
    url,
    git_url: git,
    html_url: html,
    download_url: `${webUrl(world, repository)}/raw/${ref}/${path}`,
    _links: { self: url, git, html },
  });
}

function representFile(
  world: World,
  repository: Repository,
  { file, head }: { readonly file: FileChange; readonly head: string },
): object {
  const web = webUrl(world, repository);
  return {
    sha: file.blob,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${web}/blob/${head}/${file.path}`,
    raw_url: `${web}/raw/${head}/${file.path}`,
    contents_url: `${apiUrl(world, repository)}/contents/${file.path}?ref=${head}`,
  };
}
