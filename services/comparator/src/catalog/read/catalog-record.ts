import { equalValues, sameTokens, type TextRange } from "../json/compare-json.ts";
import type { JsonValue } from "../json/json-value.ts";
import { hasText } from "../json/match-json.ts";
import { parseRange } from "../json/parse-json.ts";
import type { CatalogFile } from "./read-catalog.ts";

/** A record by its text in a file, or by its value where a transform made it. Parsed only when asked for. */
export type CatalogRecord = RecordText | { readonly kind: "value"; readonly value: JsonValue };

export interface RecordText extends TextRange {
  readonly kind: "text";
}

/** Records by name, in their order. */
export type CatalogRecords = ReadonlyMap<string, CatalogRecord>;

/** A source record that is left out. `field` is empty where the record as a whole is at fault. */
export interface RecordFault {
  readonly record: string;
  readonly field: string;
  readonly message: string;
}

/** Something worth telling that stops nothing. */
export interface CatalogWarning {
  readonly code: string;
  readonly message: string;
}

export function valueOf(record: CatalogRecord): JsonValue {
  return record.kind === "value" ? record.value : parseRange(record.bytes, record);
}

/** Equal by value. Texts are compared as they stand first: most records never become values. */
export function equalRecords(left: CatalogRecord, right: CatalogRecord): boolean {
  if (left.kind === "text" && (right.kind === "text" ? sameTokens(left, right) : hasText(right.value, left)))
    return true;
  return equalValues(valueOf(left), valueOf(right));
}

/** A file's record, or undefined where it has none of that name. */
export function recordIn(file: CatalogFile, name: string): CatalogRecord | undefined {
  const index = file.byName.get(name);
  return index === undefined ? undefined : file.records[index]?.value;
}

/** Whether a record is an object, without parsing it. */
export function isObject(record: CatalogRecord): boolean {
  return record.kind === "value" ? record.value.kind === "object" : record.bytes[record.start] === 0x7b;
}
