import {
  isObject,
  type CatalogRecord,
  type CatalogRecords,
  type CatalogWarning,
  type RecordFault,
} from "./catalog-record.ts";
import type { CatalogFile } from "./read-catalog.ts";

/** What the source wants, after its transform. */
export interface SourceRecords {
  readonly records: CatalogRecords;
  readonly faults: readonly RecordFault[];
  /** Names whose records are faulty: what the file has under them stays. */
  readonly held: ReadonlySet<string>;
  readonly warnings: readonly CatalogWarning[];
}

/** The records of a source as they are. One that is no object is a fault; the others go on (I10). */
export function plainRecords(file: CatalogFile): SourceRecords {
  const records = new Map<string, CatalogRecord>();
  const faults: RecordFault[] = [];
  for (const [name, record] of recordsIn(file)) {
    if (isObject(record)) records.set(name, record);
    else faults.push({ record: name, field: "", message: "a record must be an object" });
  }
  return { records, faults, held: new Set(faults.map(({ record }) => record)), warnings: [] };
}

/** The records of a file that count, in its order. */
export function* recordsIn({ byName, records }: CatalogFile): Generator<readonly [string, CatalogRecord]> {
  for (const [name, index] of byName) {
    const slot = records[index];
    if (slot !== undefined) yield [name, slot.value];
  }
}
