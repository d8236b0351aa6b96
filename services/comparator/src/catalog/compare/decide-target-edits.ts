import { createHash } from "node:crypto";
import { equalRecords, recordIn, valueOf, type CatalogRecord, type CatalogRecords } from "../read/catalog-record.ts";
import type { RecordChanges } from "./compare-records.ts";
import { canonicalText } from "../json/compare-json.ts";
import type { CatalogFile } from "../read/read-catalog.ts";

/** Records left as people have them: name → hash of the source's record at that time, null where it had none. */
export type KeptRecords = Readonly<Record<string, string | null>>;

/** What the target was when a change of ours was last merged there. */
export interface MergedBase {
  readonly file: CatalogFile;
  /** What that merge kept: such a record stands in the file, yet did not come from the source. */
  readonly kept: ReadonlyMap<string, string | null>;
}

export interface TargetEdits {
  /** The changes that are left to make. */
  readonly changes: RecordChanges;
  /** Removed records that only a person had added (I8). */
  readonly targetOnly: readonly string[];
  /** Other records in which something a person wrote is replaced or removed (I8). */
  readonly overwritten: readonly string[];
  readonly kept: ReadonlyMap<string, string | null>;
}

export interface ThreeWays {
  readonly source: CatalogRecords;
  readonly target: CatalogFile;
  /** Undefined before the first merge: nobody can then tell a person's edit, and none is assumed. */
  readonly base: MergedBase | undefined;
  readonly targetEdits: "report" | "keep";
}

/**
 * Tells what people did to the target since the last merge, and decides whether it stays (I8). A record is
 * a person's where the target has it otherwise than the base, or where the base already kept it.
 *
 * `report`: the source wins, and what that costs is listed. `keep`: a person's record stays as long as the
 * source's own is what it was at the base (there is none in either, or both are equal by value); once the
 * source changes it, the source wins. A record that a person deleted comes back: `keep` protects what people
 * wrote, never that something is missing.
 */
export function decideTargetEdits(changes: RecordChanges, ways: ThreeWays): TargetEdits {
  const keeps = ways.targetEdits === "keep";
  const personal = changes.removed.filter((name) => isPersonal(name, ways));
  const edited = changes.modified.map(({ name }) => name).filter((name) => isPersonal(name, ways));
  const staying = new Set(keeps ? [...personal, ...edited].filter((name) => !sourceMoved(name, ways)) : []);
  return {
    changes: {
      added: changes.added,
      removed: changes.removed.filter((name) => !staying.has(name)),
      modified: changes.modified.filter(({ name }) => !staying.has(name)),
    },
    targetOnly: personal.filter((name) => !staying.has(name) && isAddition(name, ways)),
    overwritten: [...edited, ...personal.filter((name) => !isAddition(name, ways))].filter(
      (name) => !staying.has(name),
    ),
    kept: new Map([...staying].map((name) => [name, hashOf(ways.source.get(name))])),
  };
}

function isPersonal(name: string, { target, base }: ThreeWays): boolean {
  if (base === undefined) return false;
  if (base.kept.has(name)) return true;
  const before = recordIn(base.file, name);
  const now = recordIn(target, name);
  if (before === undefined || now === undefined) return now !== undefined;
  return !equalRecords(before, now);
}

/** Whether a personal record never came from the source. */
function isAddition(name: string, { base }: ThreeWays): boolean {
  return base !== undefined && (base.kept.get(name) === null || recordIn(base.file, name) === undefined);
}

/** Whether the source's record is another than at the base. */
function sourceMoved(name: string, { source, base }: ThreeWays): boolean {
  if (base === undefined) return true;
  const now = source.get(name);
  const keptHash = base.kept.get(name);
  if (keptHash !== undefined) return hashOf(now) !== keptHash;
  const before = recordIn(base.file, name);
  if (before === undefined || now === undefined) return before !== now;
  return !equalRecords(before, now);
}

/** Equal values, equal hash. */
function hashOf(record: CatalogRecord | undefined): string | null {
  return record === undefined
    ? null
    : createHash("sha256")
        .update(canonicalText(valueOf(record)))
        .digest("hex");
}
