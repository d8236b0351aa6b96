import { readRefs, updateRefs, type Refs } from "./git/bare-repository.ts";
import { isAncestor } from "./git/compare-branches.ts";
import { runGit } from "./git/run-git.ts";
import { pullEvent, pushEvent } from "./events.ts";
import { changePull, findRepository, fullName, instant, rememberContent, type Pull, type Repository } from "./state.ts";
import { gitFolder, type World } from "./world.ts";

export interface RefChange {
  readonly ref: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * Brings what the forge remembers in line with the repository's refs after a write: pull requests follow their head
 * branch, close when it goes, and are merged when their commits arrive in the base. Tells the webhooks. One at a time
 * in each repository.
 */
export async function followRefs(world: World, repository: Repository, by: string): Promise<void> {
  const before = turns.get(repository) ?? Promise.resolve();
  const turn = before.then(() => follow(world, repository, by));
  turns.set(
    repository,
    turn.catch(() => undefined),
  );
  await turn;
}

const turns = new WeakMap<Repository, Promise<unknown>>();

async function follow(world: World, repository: Repository, by: string): Promise<void> {
  const now = await readRefs(gitFolder(world, repository));
  const changes = compareRefs(repository.refs, now);
  if (changes.length === 0) return;
  rememberContent(repository);
  repository.refs = now;
  repository.pushedAt = instant();
  repository.updatedAt = repository.pushedAt;
  for (const change of changes) pushEvent(world, repository, { ...change, by });
  await followHeads(world, repository, { changes, by });
  await followBases(world, repository, { changes, by });
  world.changed();
}

interface Changes {
  readonly changes: readonly RefChange[];
  readonly by: string;
}

function compareRefs(old: Refs, now: Refs): readonly RefChange[] {
  const names = new Set([...old.keys(), ...now.keys()]);
  return [...names]
    .map((ref): RefChange => ({ ref, before: old.get(ref), after: now.get(ref) }))
    .filter(({ ref, before, after }) => before !== after && /^refs\/(heads|tags)\//.test(ref));
}

/** Pull requests from this repository, into itself or into the one it was forked from. */
async function followHeads(world: World, head: Repository, { changes, by }: Changes): Promise<void> {
  const parent = head.forkOf === undefined ? undefined : findRepository(world.state, head.forkOf);
  for (const base of parent === undefined ? [head] : [head, parent])
    for (const pull of base.pulls.values()) {
      const change = changes.find(({ ref }) => ref === `refs/heads/${pull.headRef}`);
      if (change === undefined || pull.state === "closed") continue;
      if (pull.headRepository.toLowerCase() !== fullName(head).toLowerCase()) continue;
      await followHead(world, base, { pull, head, after: change.after, by });
    }
}

interface HeadMove {
  readonly pull: Pull;
  readonly head: Repository;
  readonly after: string | undefined;
  readonly by: string;
}

async function followHead(world: World, base: Repository, { pull, head, after, by }: HeadMove): Promise<void> {
  if (after === undefined) return void closePull(world, base, { pull, by });
  await writePullRef(world, base, { number: pull.number, head, sha: after });
  const moved = changePull(base, pull, { headSha: after });
  pullEvent(world, base, { pull: moved, action: "synchronize", by, more: { before: pull.headSha, after } });
  const tip = base.refs.get(`refs/heads/${pull.baseRef}`);
  // GitHub closes a pull request whose branch was moved to where nothing is left to merge.
  if (tip !== undefined && (await isAncestor(gitFolder(world, base), after, tip)))
    closePull(world, base, { pull: moved, by });
}

/** Names the pull request's commit by `refs/pull/N/head`, fetched from the fork where it comes from one. */
export async function writePullRef(
  world: World,
  base: Repository,
  { number, head, sha }: { readonly number: number; readonly head: Repository; readonly sha: string },
): Promise<void> {
  const ref = `refs/pull/${number}/head`;
  const folder = gitFolder(world, base);
  if (head !== base) await runGit(folder, ["fetch", "--quiet", gitFolder(world, head), `+${sha}:${ref}`]);
  else await updateRefs(folder, [{ ref, to: sha }]);
  base.refs = new Map(base.refs).set(ref, sha);
}

/** Pull requests into branches that moved or went. */
async function followBases(world: World, base: Repository, { changes, by }: Changes): Promise<void> {
  for (const { ref, after } of changes) {
    const open = [...base.pulls.values()].filter(
      (pull) => pull.state === "open" && `refs/heads/${pull.baseRef}` === ref,
    );
    if (open.length === 0) continue;
    const merged = after === undefined ? new Set<string>() : await mergedPullRefs(gitFolder(world, base), after);
    for (const pull of open) {
      if (after === undefined) closePull(world, base, { pull, by });
      else if (merged.has(`refs/pull/${pull.number}/head`)) markMerged(world, base, { pull, sha: after, by });
    }
  }
}

async function mergedPullRefs(folder: string, commit: string): Promise<Set<string>> {
  const { text } = await runGit(folder, ["for-each-ref", "--format=%(refname)", `--merged=${commit}`, "refs/pull/"]);
  return new Set(text.split("\n"));
}

/** Closes a pull request unmerged. */
export function closePull(world: World, base: Repository, { pull, by }: { pull: Pull; by: string }): Pull {
  const baseSha = base.refs.get(`refs/heads/${pull.baseRef}`) ?? pull.baseSha;
  const closed = changePull(base, pull, { state: "closed", closedAt: instant(), baseSha });
  pullEvent(world, base, { pull: closed, action: "closed", by });
  return closed;
}

/** Marks a pull request as merged; the base branch has its commits already. */
export function markMerged(
  world: World,
  base: Repository,
  { pull, sha, by }: { readonly pull: Pull; readonly sha: string; readonly by: string },
): Pull {
  const at = instant();
  const merged = changePull(base, pull, {
    state: "closed",
    closedAt: at,
    mergedAt: at,
    mergedBy: by,
    mergeCommitSha: sha,
    // The base as it was before the merge, which GitHub goes on to show.
    baseSha: base.before.refs.get(`refs/heads/${pull.baseRef}`) ?? pull.baseSha,
  });
  pullEvent(world, base, { pull: merged, action: "closed", by });
  return merged;
}
