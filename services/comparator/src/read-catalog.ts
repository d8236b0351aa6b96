import { isUtf8 } from "node:buffer";
import { detectStyle, newFileStyle, type FileStyle } from "./json/file-style.ts";
import { firstBadByte, type JsonFault } from "./json/json-fault.ts";
import type { Span } from "./json/json-value.ts";
import { decodeString, parseRange } from "./json/parse-json.ts";
import { JsonScanner } from "./json/scan-json.ts";

/** A JSON object of records, by where each stands in its file's bytes. */
export interface CatalogFile {
  readonly bytes: Buffer;
  readonly records: readonly RecordSlot[];
  /** Where in `records` a name stands; of a repeated one the last counts. In the order of the file. */
  readonly byName: ReadonlyMap<string, number>;
  readonly repeated: readonly string[];
  /** The top object from brace to brace, or undefined in a file of nothing but space. */
  readonly top: Span | undefined;
  readonly style: FileStyle;
}

/** A record's place: `start` at its name's opening quote, `end` behind its value. */
export interface RecordSlot extends Span {
  readonly name: string;
  readonly value: Span;
}

export type CatalogReading =
  | { readonly kind: "catalog"; readonly catalog: CatalogFile }
  | { readonly kind: "fault"; readonly fault: JsonFault };

const sampleSize = 16;
const byteOrderMark = Buffer.from("\ufeff");

/** What a missing file stands for. */
export const emptyCatalog: CatalogFile = {
  bytes: Buffer.alloc(0),
  records: [],
  byName: new Map(),
  repeated: [],
  top: undefined,
  style: newFileStyle,
};

/**
 * Reads a catalog's text in one pass: checks all of it (RFC 8259, strict UTF-8, at most `maxDepth`
 * levels), makes no values, and keeps the range of each record. A byte-order mark is skipped. A text of
 * nothing but space is a catalog without records.
 */
export function readCatalog(bytes: Buffer): CatalogReading {
  if (!isUtf8(bytes))
    return fault({ kind: "not-utf8", offset: firstBadByte(bytes), message: "a byte that is no UTF-8" });
  const scanner = new JsonScanner(bytes);
  const start = scanner.space(bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? byteOrderMark.length : 0);
  if (start === bytes.length) return { kind: "catalog", catalog: { ...emptyCatalog, bytes } };
  if (bytes[start] !== openBrace) return fault(notAnObject(bytes, start, scanner));
  const records = scanRecords(bytes, start, scanner);
  const end = scanner.fault === undefined ? endOfTop(records, start, scanner) : start;
  if (scanner.fault !== undefined) return fault(scanner.fault);
  const top = { start, end };
  const style = styleOf(bytes, { top, records, scanner });
  return { kind: "catalog", catalog: { bytes, records, ...indexNames(records), top, style } };
}

const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Ends early where the scanner has a fault. */
function scanRecords(bytes: Buffer, start: number, scanner: JsonScanner): RecordSlot[] {
  const records: RecordSlot[] = [];
  let at = scanner.space(start + 1);
  if (bytes[at] === closeBrace) return records;
  for (;;) {
    const nameEnd = scanner.string(at);
    const valueStart = nameEnd < 0 ? nameEnd : scanner.colon(nameEnd);
    const end = valueStart < 0 ? valueStart : scanner.value(valueStart, 1);
    if (end < 0) return records;
    const name = decodeString(bytes, { start: at, end: nameEnd });
    records.push({ name, start: at, end, value: { start: valueStart, end } });
    const next = scanner.next(end, closeBrace);
    if (next.done) return records;
    at = next.at;
  }
}

/** Behind the closing brace; a fault where something follows. */
function endOfTop(records: readonly RecordSlot[], start: number, scanner: JsonScanner): number {
  const last = records.at(-1)?.end ?? start + 1;
  const end = scanner.space(last) + 1;
  scanner.finish(end);
  return end;
}

function indexNames(records: readonly RecordSlot[]): Pick<CatalogFile, "byName" | "repeated"> {
  const byName = new Map<string, number>();
  const repeated = new Set<string>();
  for (const [index, { name }] of records.entries()) {
    // Set anew, so that the map's order is that of the places that count.
    if (byName.delete(name)) repeated.add(name);
    byName.set(name, index);
  }
  return { byName, repeated: [...repeated] };
}

function notAnObject(bytes: Buffer, offset: number, scanner: JsonScanner): JsonFault {
  if (bytes[offset] === 0x3c) return { kind: "syntax", offset, message: "HTML or XML where JSON should stand" };
  const end = scanner.value(offset, 0);
  if (end >= 0) scanner.finish(end);
  return scanner.fault ?? { kind: "not-object", offset, message: "the top of a catalog must be an object of records" };
}

function styleOf(
  bytes: Buffer,
  { top, records, scanner }: { top: Span; records: readonly RecordSlot[]; scanner: JsonScanner },
): FileStyle {
  const [first] = records;
  const { seen } = scanner;
  const separators = records.slice(0, sampleSize).map(({ start }, index) => {
    return bytes.toString("utf8", records[index - 1]?.end ?? top.start, start);
  });
  const colon = first === undefined ? undefined : colonOf(bytes, first);
  const sample = records.slice(0, sampleSize).map(({ value }) => parseRange(bytes, value));
  return detectStyle({ bytes, top, sample, separators, colon, ...seen });
}

/** The text between a record's name and its value. */
function colonOf(bytes: Buffer, { start, value }: RecordSlot): string {
  const text = bytes.toString("utf8", start, value.start);
  return text.slice(text.lastIndexOf('"') + 1);
}

function fault(fault: JsonFault): CatalogReading {
  return { kind: "fault", fault };
}
