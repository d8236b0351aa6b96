import type { ChangeCounts } from "@lockstep/shared/contracts";

/** The base records a name is generated from; none where it is a base record itself. */
export type BasesOf = (name: string) => readonly string[];

/** Every record is a base record. */
export const noGenerated: BasesOf = () => [];

/** Names by what happens to them. */
export interface ChangedNames {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly modified: readonly string[];
}

/** How many base records there are: one with its generated duplicates counts once, so do duplicates without one. */
export function countBaseRecords(names: Iterable<string>, basesOf: BasesOf): number {
  return new Set(Array.from(names, (name) => basesOf(name)[0] ?? name)).size;
}

/**
 * How many base records change, for `minChanges` and `maxDeletions`. What happens to the base record counts;
 * where only duplicates of one that stays change, it is modified; duplicates without one count as one.
 */
export function countBaseChanges(
  changes: ChangedNames,
  { basesOf, present }: { readonly basesOf: BasesOf; readonly present: (name: string) => boolean },
): ChangeCounts {
  const kinds = new Map<string, keyof ChangedNames>();
  const generated: [string, keyof ChangedNames][] = [];
  for (const kind of ["added", "removed", "modified"] as const) {
    for (const name of changes[kind]) {
      if (basesOf(name).length === 0) kinds.set(name, kind);
      else generated.push([name, kind]);
    }
  }
  for (const [name, kind] of generated) {
    const bases = basesOf(name);
    const [base = name] = bases;
    if (!bases.some((base) => kinds.has(base))) kinds.set(base, present(base) ? "modified" : kind);
  }
  const counts = { added: 0, removed: 0, modified: 0 };
  for (const kind of kinds.values()) counts[kind] += 1;
  return counts;
}
