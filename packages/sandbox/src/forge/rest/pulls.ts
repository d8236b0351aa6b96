import { covers } from "../authenticate.ts";
import { pullEvent } from "../events.ts";
import { countCommits } from "../git/compare-branches.ts";
import { writePullRef } from "../follow-refs.ts";
import { fullName, instant, type Pull, type Repository } from "../state.ts";
import { gitFolder, type World } from "../world.ts";
import {
  ApiError,
  created,
  inRepository,
  notFound,
  ok,
  validationFailed,
  type Answer,
  type Call,
  type FieldError,
  type RepositoryCall,
} from "./operation.ts";
import { page } from "./page.ts";
import { representFullPull, representPull } from "./represent-pull.ts";

interface CreatePull {
  readonly title?: string;
  readonly head: string;
  readonly base: string;
  readonly body?: string | null;
  readonly draft?: boolean;
}

export const pullOperations = [
  inRepository("pulls/list", "read", ({ repository, ...call }) => {
    const shown = sortPulls(call, filterPulls(call, repository));
    return page(call, shown, (pull) => representPull(call.world, repository, pull));
  }),
  inRepository("pulls/get", "read", async (call) => ok(await showPull(call, findPull(call), true))),
  inRepository<CreatePull>("pulls/create", "read", createPull),
];

/** The pull request that the path names. Throws 404. */
export function findPull({ repository, params }: Pick<RepositoryCall, "repository" | "params">): Pull {
  const number = Number(params["pull_number"] ?? params["issue_number"]);
  const pull = repository.pulls.get(number);
  if (pull === undefined) throw notFound();
  return pull;
}

/** The full form; whether it can be merged is worked out for readers only, as GitHub does it after a write. */
export async function showPull(
  { world, repository }: { readonly world: World; readonly repository: Repository },
  pull: Pull,
  forReader: boolean,
): Promise<object> {
  const folder = gitFolder(world, repository);
  const base = pull.state === "open" ? repository.refs.get(`refs/heads/${pull.baseRef}`) : pull.baseSha;
  const pair = [folder, base ?? pull.baseSha, pull.headSha] as const;
  const [comparison, mergeable] = await Promise.all([
    world.compare.comparison(...pair),
    forReader && pull.state === "open" ? world.compare.mergeable(...pair) : null,
  ]);
  return representFullPull(world, repository, { pull, comparison, mergeable });
}

function filterPulls({ query }: Pick<Call, "query">, repository: Repository): Pull[] {
  const { state = "open", head, base } = query;
  // GitHub takes a head without an owner for no filter at all.
  const label = head?.includes(":") === true ? head.toLowerCase() : undefined;
  return [...repository.pulls.values()].filter(
    (pull) =>
      (state === "all" || pull.state === state) &&
      (label === undefined || headLabel(pull).toLowerCase() === label) &&
      (base === undefined || pull.baseRef === base),
  );
}

function sortPulls({ query }: Pick<Call, "query">, pulls: readonly Pull[]): readonly Pull[] {
  const { sort = "created", direction = sort === "created" ? "desc" : "asc" } = query;
  const key = (pull: Pull) => (sort === "updated" ? pull.updatedAt : pull.createdAt);
  const compare = (a: Pull, b: Pull) => key(a).localeCompare(key(b)) || a.number - b.number;
  return pulls.toSorted((a, b) => (direction === "asc" ? compare(a, b) : compare(b, a)));
}

/** `owner:branch`, as `head=` names a pull request. */
export function headLabel(pull: Pick<Pull, "headRepository" | "headRef">): string {
  return `${pull.headRepository.split("/")[0]}:${pull.headRef}`;
}

async function createPull(call: RepositoryCall<CreatePull>): Promise<Answer> {
  const { world, repository, user, body } = call;
  checkText(body);
  const head = findHead(world, repository, body.head);
  if (head === undefined) throw validationFailed({ resource: "PullRequest", field: "head", code: "invalid" });
  if (!covers(call.caller.permission(head.repository), "write")) throw new ApiError(403, "Resource not accessible");
  const baseSha = findBase(repository, body.base);
  await checkCommits(world, repository, { base: body.base, baseSha, head });
  checkUnique(repository, `${head.repository.owner}:${head.ref}`, body.base);
  const number = repository.nextNumber++;
  const now = instant();
  const pull: Pull = {
    ...emptyPull,
    id: world.state.nextId++,
    number,
    title: body.title ?? "",
    body: body.body ?? null,
    draft: body.draft ?? false,
    user: user.login,
    headRepository: fullName(head.repository),
    headRef: head.ref,
    headSha: head.sha,
    baseRef: body.base,
    baseSha,
    createdAt: now,
    updatedAt: now,
  };
  repository.pulls = new Map(repository.pulls).set(number, pull);
  await writePullRef(world, repository, { number, head: head.repository, sha: head.sha });
  pullEvent(world, repository, { pull, action: "opened", by: user.login });
  return created(await showPull(call, pull, false));
}

const emptyPull = {
  state: "open",
  closedAt: null,
  mergedAt: null,
  mergedBy: null,
  mergeCommitSha: null,
  labels: [],
  assignees: [],
  reviewers: [],
  teams: [],
  milestone: null,
} as const;

/** GitHub's limits on title and body. Throws 422. */
export function checkText({ title, body }: { readonly title?: string; readonly body?: string | null }): void {
  const faults: FieldError[] = [];
  const fault = (field: string, message: string) =>
    faults.push({ resource: "Issue", code: "custom", field, message: `${field} ${message}` });
  if (title?.trim() === "") faults.push({ resource: "Issue", code: "missing_field", field: "title" });
  if (Array.from(title ?? "").length > 256) fault("title", "is too long (maximum is 256 characters)");
  if (Array.from(body ?? "").length > 65_536) fault("body", "is too long (maximum is 65536 characters)");
  if (faults.length > 0) throw validationFailed(...faults);
}

/** The id of a base branch. Throws 422. */
export function findBase(repository: Repository, base: string): string {
  const sha = repository.refs.get(`refs/heads/${base}`);
  if (sha === undefined) throw validationFailed({ resource: "PullRequest", field: "base", code: "invalid" });
  return sha;
}

interface Head {
  readonly repository: Repository;
  readonly ref: string;
  readonly sha: string;
}

/** `branch`, or `owner:branch` of the repository itself or of a fork of it. */
function findHead(world: World, base: Repository, head: string): Head | undefined {
  const [owner, ref] = head.includes(":") ? head.split(":", 2) : [base.owner, head];
  const repository =
    owner?.toLowerCase() === base.owner.toLowerCase()
      ? base
      : [...world.state.repositories.values()].find(
          (one) => one.owner.toLowerCase() === owner?.toLowerCase() && one.forkOf === fullName(base),
        );
  const sha = repository?.refs.get(`refs/heads/${ref}`);
  return repository === undefined || ref === undefined || sha === undefined ? undefined : { repository, ref, sha };
}

/** One open pull request for a head and a base. Throws 422. */
export function checkUnique(repository: Repository, label: string, base: string): void {
  const taken = [...repository.pulls.values()].some(
    (pull) => pull.state === "open" && headLabel(pull).toLowerCase() === label.toLowerCase() && pull.baseRef === base,
  );
  const message = `A pull request already exists for ${label}.`;
  if (taken) throw validationFailed({ resource: "PullRequest", code: "custom", message });
}

interface Range {
  readonly base: string;
  readonly baseSha: string;
  readonly head: Head;
}

/** Throws 422 where the head has nothing that the base has not. */
async function checkCommits(world: World, repository: Repository, { base, baseSha, head }: Range): Promise<void> {
  const commits = await countCommits(gitFolder(world, head.repository), baseSha, head.sha);
  const name = head.repository === repository ? head.ref : `${head.repository.owner}:${head.ref}`;
  const message = `No commits between ${base} and ${name}`;
  if (commits === 0) throw validationFailed({ resource: "PullRequest", code: "custom", message });
}
