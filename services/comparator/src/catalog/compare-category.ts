import type { ChangeCounts, ModifiedRecord } from "@lockstep/shared/contracts";
import { PermanentError } from "@lockstep/shared/errors";
import { recordIn, type CatalogWarning, type RecordFault } from "./read/catalog-record.ts";
import { compareRecords, type RecordChanges } from "./compare/compare-records.ts";
import { countBaseChanges, countBaseRecords, noGenerated, type BasesOf } from "./compare/count-base-changes.ts";
import { decideTargetEdits, type KeptRecords, type MergedBase } from "./compare/decide-target-edits.ts";
import { editFile } from "./edit/edit-file.ts";
import type { EntryOrder } from "./edit/plan-order.ts";
import { emptyCatalog, readCatalog, type CatalogFile } from "./read/read-catalog.ts";
import { requireCatalog } from "./read/require-catalog.ts";
import { plainRecords, recordsIn, type SourceRecords } from "./read/source-records.ts";
import { hordeTextBases, transformHordeText } from "./transforms/horde-text.ts";

export interface CategoryOptions {
  readonly order: EntryOrder;
  readonly targetEdits: "report" | "keep";
  readonly transform?: "horde-text" | undefined;
  /** A faulty record is a fault of the whole category. */
  readonly strict?: boolean | undefined;
}

export interface CategoryQuestion {
  /** What the source answered. */
  readonly source: Uint8Array | string;
  /** The file at the tip of the target branch, null where there is none. */
  readonly target: Uint8Array | string | null;
  /** The file as last merged, and what that merge kept: the `kept` of its comparison. */
  readonly base?: { readonly file: Uint8Array | string; readonly kept?: KeptRecords | undefined } | undefined;
  readonly options: CategoryOptions;
}

/** What a category becomes at a target: the parts of a `CategoryChange` that need no git. */
export interface CategoryComparison {
  readonly counts: ChangeCounts;
  readonly baseCounts: ChangeCounts;
  /** Base records in the target's file. */
  readonly baseRecords: number;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly modified: readonly ModifiedRecord[];
  /** Removed records that only a person had added since the last merge (I8). */
  readonly targetOnly: readonly string[];
  /** Other records in which something a person wrote since then is lost (I8). */
  readonly overwritten: readonly string[];
  /** Records left as people have them: to be stored with the merge and given back with its base. */
  readonly kept: KeptRecords;
  readonly faults: readonly RecordFault[];
  readonly warnings: readonly CatalogWarning[];
  /** `unchanged` where no record changes, whatever the order: then nothing is written. */
  readonly wanted: { readonly kind: "unchanged" } | { readonly kind: "write"; readonly bytes: Buffer };
}

/**
 * Compares one category of a source with a target's file, and makes the smallest edit that brings the file
 * there. Pure: the same question has the same answer, and asked about its own answer it says `unchanged` (I3).
 *
 * @throws PermanentError `SOURCE_…` or `TARGET_…` where a text is no catalog (see `requireCatalog`), and
 *   `SOURCE_RECORDS_REFUSED` for a faulty record with `strict`.
 */
export function compareCategory({ source, target, base, options }: CategoryQuestion): CategoryComparison {
  const file = target === null ? emptyCatalog : requireCatalog("TARGET", asBuffer(target));
  const sourceFile = requireCatalog("SOURCE", asBuffer(source));
  const wanted = wantedRecords(sourceFile, options);
  const merged = base === undefined ? undefined : readBase(base);
  const compared = compareRecords(wanted.records, file);
  const { changes, targetOnly, overwritten, kept } = decideTargetEdits(
    { ...compared, removed: compared.removed.filter((name) => !wanted.held.has(name)) },
    { source: wanted.records, target: file, base: merged?.base, targetEdits: options.targetEdits },
  );
  const bytes = applyChanges(file, { changes, wanted, order: options.order });
  return {
    ...countChanges(changes, { file, wanted, transform: options.transform }),
    ...changes,
    targetOnly,
    overwritten,
    kept: Object.fromEntries(kept),
    faults: wanted.faults,
    warnings: [
      ...repeatedNames("source", sourceFile),
      ...repeatedNames("target", file),
      ...wanted.warnings,
      ...(merged?.warnings ?? []),
    ],
    wanted: bytes === undefined ? { kind: "unchanged" } : { kind: "write", bytes },
  };
}

function wantedRecords(file: CatalogFile, { transform, strict }: CategoryOptions): SourceRecords {
  const wanted = transform === "horde-text" ? transformHordeText(recordsIn(file)) : plainRecords(file);
  const [fault] = wanted.faults;
  if (strict === true && fault !== undefined) {
    const more = wanted.faults.length === 1 ? "" : ` (and ${wanted.faults.length - 1} more)`;
    const field = fault.field === "" ? "" : `, field ${fault.field}`;
    throw new PermanentError("SOURCE_RECORDS_REFUSED", `record ${fault.record}${field}: ${fault.message}${more}`, {
      hint: "Repair the records at the source, or leave `strict` out to go on without them.",
    });
  }
  return wanted;
}

/** A base that cannot be read (somebody broke the file) is none; the comparison does not need it. */
function readBase({ file, kept = {} }: NonNullable<CategoryQuestion["base"]>): {
  base: MergedBase | undefined;
  warnings: CatalogWarning[];
} {
  const reading = readCatalog(asBuffer(file));
  if (reading.kind === "catalog") {
    return { base: { file: reading.catalog, kept: new Map(Object.entries(kept)) }, warnings: [] };
  }
  const message = `the last merged file is no catalog (${reading.fault.message}): edits at the target cannot be told`;
  return { base: undefined, warnings: [{ code: "BASE_UNREADABLE", message }] };
}

interface Application {
  readonly changes: RecordChanges;
  readonly wanted: SourceRecords;
  readonly order: EntryOrder;
}

function applyChanges(file: CatalogFile, { changes, wanted, order }: Application): Buffer | undefined {
  const changed = new Set([...changes.added, ...changes.modified.map(({ name }) => name)]);
  const removed = new Set(changes.removed);
  if (changed.size + removed.size === 0) return undefined;
  return editFile(file, { source: wanted.records, changed, removed, order });
}

function countChanges(
  changes: RecordChanges,
  { file, wanted, transform }: { file: CatalogFile; wanted: SourceRecords; transform: CategoryOptions["transform"] },
): Pick<CategoryComparison, "counts" | "baseCounts" | "baseRecords"> {
  const { added, removed } = changes;
  const modified = changes.modified.map(({ name }) => name);
  const basesOf: BasesOf =
    transform === "horde-text" ? hordeTextBases([...file.byName.keys(), ...wanted.records.keys()]) : noGenerated;
  const present = (name: string) => recordIn(file, name) !== undefined;
  return {
    counts: { added: added.length, removed: removed.length, modified: modified.length },
    baseCounts: countBaseChanges({ added, removed, modified }, { basesOf, present }),
    baseRecords: countBaseRecords(file.byName.keys(), basesOf),
  };
}

function repeatedNames(side: "source" | "target", { repeated }: CatalogFile): CatalogWarning[] {
  return repeated.map((name) => ({
    code: "NAME_REPEATED",
    message: `${side}: ${name} stands more than once, the last counts`,
  }));
}

function asBuffer(text: Uint8Array | string): Buffer {
  return typeof text === "string" ? Buffer.from(text) : Buffer.from(text.buffer, text.byteOffset, text.byteLength);
}
