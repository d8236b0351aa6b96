import type { ModifiedRecord } from "@lockstep/shared/contracts";
import { equalRecords, recordIn, valueOf, type CatalogRecords } from "../read/catalog-record.ts";
import { describeFields } from "./describe-fields.ts";
import type { CatalogFile } from "../read/read-catalog.ts";

/** Names in the order of the source, the removed ones in the order of the file. */
export interface RecordChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly modified: readonly ModifiedRecord[];
}

/**
 * What it takes to bring a file to the source's records, by name. Deep and by value: neither the order of
 * records nor that of fields is a change, nor is the way a number or a character is written.
 */
export function compareRecords(source: CatalogRecords, target: CatalogFile): RecordChanges {
  const added: string[] = [];
  const modified: ModifiedRecord[] = [];
  for (const [name, wanted] of source) {
    const present = recordIn(target, name);
    if (present === undefined) added.push(name);
    else if (!equalRecords(present, wanted)) {
      modified.push({ name, fields: describeFields(valueOf(present), valueOf(wanted)) });
    }
  }
  return { added, removed: [...target.byName.keys()].filter((name) => !source.has(name)), modified };
}
