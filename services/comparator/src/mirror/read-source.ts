import { createRefFilter, listRefs, planRefUpdates, selectRefs } from "@lockstep/git/mirror";
import type { GitRemoteAccess, RefsStore } from "@lockstep/git/mirror";
import type { MirrorRoute } from "@lockstep/shared/config";
import { Sha256, type ChangeDetected, type WantedRefs } from "@lockstep/shared/contracts";
import { z } from "zod";

/** The comparator's memory of a mirror, stored with the watermark. */
const MirrorCompared = z.object({
  /** Name of the refs that were announced last. */
  content: Sha256,
  /** Of the change that they were announced for. */
  ordinal: z.number(),
  /** A content that is no delta, and since when (epoch ms). */
  base: z.object({ name: Sha256, sinceMs: z.number() }),
  /** What the route carries. */
  scope: z.string(),
});
export type MirrorCompared = z.infer<typeof MirrorCompared>;

export interface SourceQuestion {
  readonly route: MirrorRoute;
  readonly change: Pick<ChangeDetected, "ordinal" | "announced">;
  readonly source: GitRemoteAccess;
  readonly store: RefsStore;
}

/** What the source has, and what it had when it was last compared. */
export interface SourceRead {
  readonly wanted: WantedRefs;
  readonly before: WantedRefs | undefined;
  readonly compared: MirrorCompared | undefined;
}

/**
 * Reads the refs that a route carries. Where a webhook named the one that moved, and no other change was merged with it
 * (the ordinals follow each other), that one is asked for; the others are as they were.
 */
export async function readSource(question: SourceQuestion, record: unknown, signal: AbortSignal): Promise<SourceRead> {
  const { route, change, source, store } = question;
  const filter = createRefFilter(route.refs);
  const parsed = MirrorCompared.safeParse(record).data;
  const compared = parsed?.scope === scopeOf(route) ? parsed : undefined;
  const before = compared && (await store.get(compared.content, signal));
  const { announced } = change;
  if (before !== undefined && announced !== undefined && compared?.ordinal === change.ordinal - 1) {
    if (!filter.matches(announced.ref)) return { wanted: before, before, compared };
    const { refs } = await listRefs(source, { prefixes: [announced.ref] }, signal);
    return { wanted: withRef(before, announced.ref, refs.get(announced.ref)), before, compared };
  }
  const { head, refs } = await listRefs(source, { prefixes: filter.prefixes }, signal);
  return { wanted: { head, refs: selectRefs(refs, filter) }, before, compared };
}

function withRef(before: WantedRefs, ref: string, oid: string | undefined): WantedRefs {
  if (before.refs.get(ref) === oid) return before;
  const refs = new Map(before.refs);
  if (oid === undefined) refs.delete(ref);
  else refs.set(ref, oid);
  return { ...before, refs };
}

/** A delta is small, and its base young enough that neither is gone before the next (45 days). */
const mostChanges = 2000;
const oldestBaseMs = 7 * 24 * 3_600_000;

/** Stores what is wanted, as changes of an earlier content where they are few; what to remember of it. */
export async function storeWanted(
  { route, change, store }: SourceQuestion,
  { wanted, before, compared }: SourceRead,
  signal: AbortSignal,
): Promise<MirrorCompared> {
  const memory = { ordinal: change.ordinal, scope: scopeOf(route) };
  const base = compared?.base;
  const isYoung = base !== undefined && Date.now() - base.sinceMs < oldestBaseMs;
  if (isYoung && wanted === before) return { ...memory, base, content: compared?.content ?? base.name };
  const older = isYoung ? await store.get(base.name, signal) : undefined;
  const changes = older && changesOf(older.refs, wanted.refs);
  if (
    base !== undefined &&
    changes !== undefined &&
    changes.size <= mostChanges &&
    changes.size * 4 < wanted.refs.size
  ) {
    const content = await store.putDelta(wanted, { base: base.name, head: wanted.head, changes });
    return { ...memory, base, content };
  }
  const content = await store.put(wanted);
  return { ...memory, base: { name: content, sinceMs: Date.now() }, content };
}

function changesOf(present: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>) {
  const plain = { acknowledged: undefined, prune: true, diverged: "overwrite" as const, refused: new Map() };
  const { created, moved, deleted } = planRefUpdates({ ...plain, wanted, present });
  return new Map([...created, ...moved, ...deleted].map(({ ref, to }) => [ref, to ?? null]));
}

function scopeOf({ source, refs }: MirrorRoute): string {
  return JSON.stringify([source.identity, refs.include, refs.exclude, refs.tags]);
}
