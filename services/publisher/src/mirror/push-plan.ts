import { findRewrites, isIncomplete, isStale, planPushes, pushRefs } from "@lockstep/git/mirror";
import type { MirrorObjects, RefChange, RefPlan } from "@lockstep/git/mirror";
import { SyncError } from "@lockstep/shared/runtime";
import type { Mirroring } from "./mirroring.ts";

/** What became of a plan. */
export interface PushedPlan {
  /** What the destination has now, as far as it told. */
  readonly present: ReadonlyMap<string, string>;
  /** Ref → what it was not given and why. */
  readonly refused: ReadonlyMap<string, RefusedRef>;
  /** The destination is not what it was thought to be: it must be read, and planned for again. */
  readonly outdated: boolean;
}

export interface RefusedRef extends RefChange {
  readonly reason: string;
}

/** Brings the missing objects into the cache and pushes what changed, in the order that git needs. */
export async function pushPlan(
  mirroring: Mirroring,
  plan: RefPlan,
  present: ReadonlyMap<string, string>,
): Promise<PushedPlan> {
  const { context, destination } = mirroring;
  const objects = await fetchObjects(mirroring, plan, present);
  const refused = new Map<string, RefusedRef>();
  const rewrites = await forbiddenRewrites(mirroring, plan, objects);
  const now = new Map(present);
  let outdated = false;
  for (const step of planPushes(plan)) {
    const changes = step.filter(({ ref }) => !rewrites.has(ref));
    if (changes.length === 0) continue;
    const question = { remote: destination, changes, cacheFolder: objects.folder, present: objects.known };
    const report = await pushRefs(question, context.signal).catch((error: unknown) => repair(mirroring, error));
    for (const change of changes) {
      const reason = report.refused.get(change.ref) ?? (report.accepted.has(change.ref) ? undefined : "not answered");
      if (reason === undefined) apply(now, change);
      else if (isStale(reason) || isIncomplete(reason)) outdated = true;
      else refused.set(change.ref, { ...change, reason });
    }
  }
  for (const change of plan.moved)
    if (rewrites.has(change.ref)) refused.set(change.ref, { ...change, reason: "no fast-forward, and force is off" });
  return { present: now, refused, outdated };
}

function fetchObjects(
  { cache, source, filter, wanted, context }: Mirroring,
  { created, moved, deleted }: RefPlan,
  present: ReadonlyMap<string, string>,
): Promise<MirrorObjects> {
  const before = [...moved, ...deleted].flatMap(({ from }) => from ?? []);
  // What new refs are likely to have grown from.
  const trunks = ["refs/heads/main", "refs/heads/master", "refs/heads/develop"].flatMap(
    (ref) => present.get(ref) ?? [],
  );
  const others = [...present.values()].slice(0, 32);
  const objects = [...created, ...moved].flatMap(({ to }) => to ?? []);
  const known = [...new Set([...trunks, ...before, ...others])];
  const prefixes = filter.prefixes.filter((prefix) => [...wanted.keys()].some((ref) => ref.startsWith(prefix)));
  return cache.fetch(source, { wanted: objects, known, prefixes }, context.signal);
}

async function forbiddenRewrites({ route, git, context }: Mirroring, { moved }: RefPlan, { folder }: MirrorObjects) {
  return route.refs.force ? new Set<string>() : findRewrites({ git, folder }, moved, context.signal);
}

function apply(present: Map<string, string>, { ref, to }: RefChange): void {
  if (to === undefined) present.delete(ref);
  else present.set(ref, to);
}

/** A cache that cannot be read is thrown away, so that the next try fetches it anew. */
async function repair({ cache, source, context }: Mirroring, error: unknown): Promise<never> {
  if (error instanceof SyncError && error.code === "GIT_CORRUPT_CACHE") {
    context.log.warn({ error, source: source.identity }, "cache is broken and thrown away");
    await cache.discard(source, context.signal);
  }
  throw error;
}
