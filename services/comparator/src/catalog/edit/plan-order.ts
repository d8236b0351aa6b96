/** `target`: what is there stays where it is. `source`: as the source has it. */
export type EntryOrder = "target" | "source";

export interface OrderQuestion<Key extends string | number> {
  /** What the file keeps, in its order. */
  readonly file: readonly Key[];
  /** What the source wants, in its order. */
  readonly source: readonly Key[];
  readonly order: EntryOrder;
}

/**
 * The order in which entries are written. One order leads, and what only the other one has goes behind
 * its nearest predecessor there: with `target` new entries where the source puts them, with `source` kept
 * entries where the file has them.
 */
export function planOrder<Key extends string | number>({ file, source, order }: OrderQuestion<Key>): Key[] {
  return order === "target" ? mergeOrder(file, source) : mergeOrder(source, file);
}

function mergeOrder<Key extends string | number>(leading: readonly Key[], other: readonly Key[]): Key[] {
  const present = new Set(leading);
  const first: Key[] = [];
  const behind = new Map<Key, Key[]>();
  let anchor: Key | undefined;
  for (const key of other) {
    if (present.has(key)) anchor = key;
    else if (anchor === undefined) first.push(key);
    else {
      const waiting = behind.get(anchor);
      if (waiting === undefined) behind.set(anchor, [key]);
      else waiting.push(key);
    }
  }
  if (behind.size === 0) return [...first, ...leading];
  return [...first, ...leading.flatMap((key) => [key, ...(behind.get(key) ?? [])])];
}
