import { equalValues, sameTokens, type TextRange } from "./json/compare-json.ts";
import type { JsonValue } from "./json/json-value.ts";
import { parseRange } from "./json/parse-json.ts";
import type { CatalogFile } from "./read-catalog.ts";

/** A record by its text in a file, or by its value where a transform made it. Parsed only when asked for. */
export type CatalogRecord =
  | { readonly kind: "text"; readonly text: TextRange }
  | { readonly kind: "value"; readonly value: JsonValue };

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
  return record.kind === "value" ? record.value : parseRange(record.text.bytes, record.text);
}

/** Equal by value. Texts are compared as they stand first: most records never become values. */
export function equalRecords(left: CatalogRecord, right: CatalogRecord): boolean {
  if (left.kind === "text" && right.kind === "text" && sameTokens(left.text, right.text)) return true;
  return equalValues(valueOf(left), valueOf(right));
}

/** A file's record, or undefined where it has none of that name. */
export function recordIn(file: CatalogFile, name: string): CatalogRecord | undefined {
  const slot = file.records[file.byName.get(name) ?? -1];
  return slot === undefined ? undefined : { kind: "text", text: { bytes: file.bytes, ...slot.value } };
}

/** Whether a record is an object, without parsing it. */
export function isObject(record: CatalogRecord): boolean {
  return record.kind === "value" ? record.value.kind === "object" : record.text.bytes[record.text.start] === 0x7b;
}
