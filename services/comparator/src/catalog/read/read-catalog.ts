import { isUtf8 } from "node:buffer";
import type { RecordText } from "./catalog-record.ts";
import { firstBadByte, type JsonFault } from "../json/json-fault.ts";
import type { Span } from "../json/json-value.ts";
import { decodeString } from "../json/parse-json.ts";
import { JsonScanner, type SeenEscapes } from "../json/scan-json.ts";

/** A JSON object of records, by where each stands in its file's bytes. */
export interface CatalogFile {
  readonly bytes: Buffer;
  readonly records: readonly RecordSlot[];
  /** Where in `records` a name stands; of a repeated one the last counts. In the order of the file. */
  readonly byName: ReadonlyMap<string, number>;
  readonly repeated: readonly string[];
  /** The top object from brace to brace, or undefined in a file of nothing but space. */
  readonly top: Span | undefined;
  /** How its strings escape. */
  readonly escapes: SeenEscapes;
}

/** A record's place: `start` at its name's opening quote, `end` behind its value. */
export interface RecordSlot extends Span {
  readonly name: string;
  readonly value: RecordText;
}

export type CatalogReading =
  | { readonly kind: "catalog"; readonly catalog: CatalogFile }
  | { readonly kind: "fault"; readonly fault: JsonFault };

const byteOrderMark = Buffer.from("\ufeff");

/** What a missing file stands for. */
export const emptyCatalog: CatalogFile = {
  bytes: Buffer.alloc(0),
  records: [],
  byName: new Map(),
  repeated: [],
  top: undefined,
  escapes: new JsonScanner(Buffer.alloc(0)).seen,
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
  const end = scanner.value(start);
  if (end >= 0) scanner.finish(end);
  if (scanner.fault !== undefined) return fault(scanner.fault);
  const records = recordsAt(bytes, scanner.marks);
  return {
    kind: "catalog",
    catalog: { bytes, records, ...indexNames(records), top: { start, end }, escapes: scanner.seen },
  };
}

const openBrace = 0x7b;

function recordsAt(bytes: Buffer, marks: readonly number[]): RecordSlot[] {
  const records: RecordSlot[] = [];
  for (let index = 0; index < marks.length; index += 4) {
    const start = marks[index] ?? 0;
    const name = decodeString(bytes, { start, end: marks[index + 1] ?? 0 });
    const value: RecordText = { kind: "text", bytes, start: marks[index + 2] ?? 0, end: marks[index + 3] ?? 0 };
    records.push({ name, start, end: value.end, value });
  }
  return records;
}

function indexNames(records: readonly RecordSlot[]): Pick<CatalogFile, "byName" | "repeated"> {
  const byName = new Map<string, number>();
  const repeated = new Set<string>();
  for (const [index, { name }] of records.entries()) {
    // Set anew, so that the map's order is that of the places that count.
    if (byName.has(name)) {
      byName.delete(name);
      repeated.add(name);
    }
    byName.set(name, index);
  }
  return { byName, repeated: [...repeated] };
}

function notAnObject(bytes: Buffer, offset: number, scanner: JsonScanner): JsonFault {
  if (bytes[offset] === 0x3c) return { kind: "syntax", offset, message: "HTML or XML where JSON should stand" };
  const end = scanner.value(offset);
  if (end >= 0) scanner.finish(end);
  return scanner.fault ?? { kind: "not-object", offset, message: "the top of a catalog must be an object of records" };
}

function fault(fault: JsonFault): CatalogReading {
  return { kind: "fault", fault };
}
