import type { CatalogRecord, CatalogRecords } from "../read/catalog-record.ts";
import { planOrder, type EntryOrder } from "./plan-order.ts";
import type { CatalogFile } from "../read/read-catalog.ts";

/** What a file is to become. */
export interface FileEdit {
  readonly source: CatalogRecords;
  /** Records to write anew, or for the first time, from the source. */
  readonly changed: ReadonlySet<string>;
  /** Records to take out. Those that neither this nor the source names stay as they are. */
  readonly removed: ReadonlySet<string>;
  readonly order: EntryOrder;
}

/** Neighbouring records of the file that stay as they are, or one that is written; `slot` is its place now. */
export type EditStep =
  | { readonly kind: "keep"; readonly first: number; last: number }
  | {
      readonly kind: "write";
      readonly name: string;
      readonly slot: number | undefined;
      readonly record: CatalogRecord;
    };

/**
 * What the edited file holds, in its order. Where a name is repeated, the one that counts is edited; the
 * others stay with `order: target` and go with `order: source`, since moving could make one of them count.
 */
export function planFileEdit(target: CatalogFile, edit: FileEdit): EditStep[] {
  const steps: EditStep[] = [];
  for (const key of planKeys(target, edit)) {
    const slot = typeof key === "number" ? key : undefined;
    const name = typeof key === "number" ? nameAt(target, key) : key;
    const record = name !== undefined && edit.changed.has(name) ? edit.source.get(name) : undefined;
    const last = steps.at(-1);
    if (record !== undefined && name !== undefined) steps.push({ kind: "write", name, slot, record });
    else if (slot === undefined) continue;
    else if (last?.kind === "keep" && last.last === slot - 1) last.last = slot;
    else steps.push({ kind: "keep", first: slot, last: slot });
  }
  return steps;
}

/** Places of records in the file, names of new ones. */
function planKeys(
  { records, byName }: CatalogFile,
  { source, changed, removed, order }: FileEdit,
): (number | string)[] {
  const file: number[] = [];
  for (const [slot, { name }] of records.entries()) {
    if (!removed.has(name) && (order === "target" || byName.get(name) === slot)) file.push(slot);
  }
  if (order === "target" && [...changed].every((name) => byName.has(name))) return file;
  const wanted = Array.from(source.keys(), (name) => byName.get(name) ?? name);
  return planOrder<number | string>({ file, source: wanted, order });
}

/** The name of a record that counts. */
function nameAt({ records, byName }: CatalogFile, slot: number): string | undefined {
  const name = records[slot]?.name;
  return name !== undefined && byName.get(name) === slot ? name : undefined;
}
