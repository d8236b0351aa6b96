import type { RefChange } from "./follow-refs.ts";
import { isAncestor } from "./git/compare-branches.ts";
import { readCommits } from "./git/read-commits.ts";
import { representCommitOfPush } from "./rest/represent-commit.ts";
import { representFullPull } from "./rest/represent-pull.ts";
import { representRepository, representUser } from "./rest/represent-repository.ts";
import { userOf, type Pull, type Repository } from "./state.ts";
import type { Payload } from "./webhooks.ts";
import { gitFolder, type World } from "./world.ts";

const zero = "0".repeat(40);

/** Tells the repository's webhooks of a push to one ref. */
export function pushEvent(world: World, repository: Repository, change: RefChange & { readonly by: string }): void {
  if (repository.webhooks.length === 0) return;
  world.webhooks.emit(repository, "push", pushPayload(world, repository, change));
}

async function pushPayload(
  world: World,
  repository: Repository,
  { ref, before, after, by }: RefChange & { readonly by: string },
): Promise<Payload> {
  const folder = gitFolder(world, repository);
  const moved = before !== undefined && after !== undefined;
  const commits = moved ? await readCommits(folder, `${before}..${after}`, 20) : [];
  const [head] = after === undefined ? [] : await readCommits(folder, after, 1);
  return {
    ref,
    before: before ?? zero,
    after: after ?? zero,
    created: before === undefined,
    deleted: after === undefined,
    forced: moved && !(await isAncestor(folder, before, after)),
    base_ref: null,
    compare: `${world.url}/${repository.owner}/${repository.name}/compare/${before ?? zero}...${after ?? zero}`,
    commits: commits.toReversed().map((commit) => representCommitOfPush(world, repository, commit)),
    head_commit: head === undefined ? null : representCommitOfPush(world, repository, head),
    pusher: { name: by, email: `${by}@users.noreply.example.com` },
    repository: representRepository(world, repository),
    sender: representUser(world, userOf(world.state, by)),
  };
}

export interface PullEvent {
  readonly pull: Pull;
  readonly action: "opened" | "edited" | "closed" | "reopened" | "synchronize" | "labeled" | "review_requested";
  readonly by: string;
  readonly more?: Payload;
}

/** Tells the repository's webhooks what happened to a pull request. */
export function pullEvent(world: World, repository: Repository, event: PullEvent): void {
  if (repository.webhooks.length === 0) return;
  world.webhooks.emit(repository, "pull_request", pullPayload(world, { ...repository }, event));
}

async function pullPayload(world: World, repository: Repository, { pull, action, by, more }: PullEvent) {
  const base = repository.refs.get(`refs/heads/${pull.baseRef}`) ?? pull.baseSha;
  const comparison = await world.compare.comparison(gitFolder(world, repository), base, pull.headSha);
  return {
    action,
    number: pull.number,
    pull_request: representFullPull(world, repository, { pull, comparison, mergeable: null }),
    ...more,
    repository: representRepository(world, repository),
    sender: representUser(world, userOf(world.state, by)),
  };
}
