import type { RefChange } from "./follow-refs.ts";
import { representFullPull } from "./rest/represent-pull.ts";
import { representRepository, representUser } from "./rest/represent-repository.ts";
import { userOf, type Pull, type Repository } from "./state.ts";
import type { World } from "./world.ts";

const zero = "0".repeat(40);

/** Tells the repository's webhooks of a push to one ref. */
export function pushEvent(world: World, repository: Repository, change: RefChange & { readonly by: string }): void {
  const { ref, before, after, by } = change;
  world.webhooks.emit(repository, "push", {
    ref,
    before: before ?? zero,
    after: after ?? zero,
    created: before === undefined,
    deleted: after === undefined,
    forced: false,
    base_ref: null,
    compare: "",
    commits: [],
    head_commit: after === undefined ? null : { id: after },
    pusher: { name: by, email: `${by}@example.com` },
    repository: representRepository(world, repository),
    sender: representUser(world, userOf(world.state, by)),
  });
}

export interface PullEvent {
  readonly pull: Pull;
  readonly action: "opened" | "edited" | "closed" | "reopened" | "synchronize" | "labeled" | "review_requested";
  readonly by: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Tells the repository's webhooks what happened to a pull request. */
export function pullEvent(world: World, repository: Repository, { pull, action, by, more }: PullEvent): void {
  if (repository.webhooks.length === 0) return;
  const comparison = { commits: 1, additions: 0, deletions: 0, changed_files: 0 };
  world.webhooks.emit(repository, "pull_request", {
    action,
    number: pull.number,
    pull_request: representFullPull(world, repository, { pull, comparison, mergeable: null }),
    ...more,
    repository: representRepository(world, repository),
    sender: representUser(world, userOf(world.state, by)),
  });
}
