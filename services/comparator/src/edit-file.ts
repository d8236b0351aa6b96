import { valueOf, type CatalogRecords } from "./catalog-record.ts";
import { editContainer, layoutInside, type Entry, type Piece } from "./edit-container.ts";
import { editValue, type Edit } from "./edit-value.ts";
import { lineEndOf, newFileStyle } from "./json/file-style.ts";
import type { Span } from "./json/json-value.ts";
import { parseRange } from "./json/parse-json.ts";
import { writeContainer, writeMember } from "./json/write-json.ts";
import { planOrder, type EntryOrder } from "./plan-order.ts";
import type { CatalogFile } from "./read-catalog.ts";

/** What a file is to become. */
export interface FileEdit {
  readonly source: CatalogRecords;
  /** Records to write anew, or for the first time, from the source. */
  readonly changed: ReadonlySet<string>;
  /** Records to take out. Those that neither this nor the source names stay as they are. */
  readonly removed: ReadonlySet<string>;
  readonly order: EntryOrder;
}

/**
 * The smallest edit: the bytes of a file after a change of some records. Everything that does not change
 * keeps its bytes, within a changed record too; what is new is written in the file's own style. The same
 * edit on its result changes nothing (I3). Where a name is repeated, `order: source` keeps only the record
 * that counts, since moving could make another one count.
 */
export function editFile(target: CatalogFile, edit: FileEdit): Buffer {
  const { bytes, top, records } = target;
  if (top === undefined) return Buffer.from(`${writeRecords(edit.source, newFileStyle)}\n`);
  const pieces = records.length === 0 ? [fillTop(target, edit)] : editTop(target, top, edit);
  return joinPieces(bytes, [{ start: 0, end: top.start }, ...pieces, { start: top.end, end: bytes.length }]);
}

function writeRecords(source: CatalogRecords, style: typeof newFileStyle): string {
  return writeContainer("{}", { style, layout: { indent: "", inline: false } }, (layout) =>
    Array.from(source, ([name, record]) => writeMember(name, valueOf(record), { style, layout })),
  );
}

/** An object without records has no style but its line end. */
function fillTop({ bytes, style }: CatalogFile, { source }: FileEdit): string {
  return writeRecords(source, { ...style, lineEnd: lineEndOf(bytes) });
}

function editTop(target: CatalogFile, top: Span, edit: FileEdit): Piece[] {
  const { bytes, records, style, byName } = target;
  const container = { bytes, slots: records, ...top };
  const inside = layoutInside(container);
  const layout = { ...inside, inline: inside.inline || style.inlineRecords };
  const context: Edit = { bytes, style, order: edit.order };
  const entries = planEntries(target, edit).map((key): Entry => {
    const slot = typeof key === "number" ? key : byName.get(key);
    const record = slot === undefined ? undefined : records[slot];
    const wanted = typeof key === "string" && edit.changed.has(key) ? edit.source.get(key) : undefined;
    if (wanted === undefined) return { slot, pieces: record === undefined ? [] : [record] };
    if (record === undefined) {
      return { slot, pieces: [writeMember(String(key), valueOf(wanted), { style, layout })] };
    }
    const present = parseRange(bytes, record.value);
    const pieces = editValue({ present, wanted: valueOf(wanted), layout }, context);
    return { slot, pieces: [{ start: record.start, end: record.value.start }, ...pieces] };
  });
  return editContainer(container, entries, style);
}

/** Names, and places of records that do not count because their name is repeated, as they are written. */
function planEntries({ records, byName }: CatalogFile, { source, removed, order }: FileEdit): (string | number)[] {
  const file: (string | number)[] = [];
  for (const [slot, { name }] of records.entries()) {
    if (removed.has(name)) continue;
    if (byName.get(name) === slot) file.push(name);
    else if (order === "target") file.push(slot);
  }
  return planOrder<string | number>({ file, source: [...source.keys()], order });
}

/** Neighbouring ranges are copied as one. */
function joinPieces(bytes: Buffer, pieces: readonly Piece[]): Buffer {
  const chunks: Buffer[] = [];
  let run: Span = { start: 0, end: 0 };
  for (const piece of pieces) {
    if (typeof piece === "string") {
      chunks.push(bytes.subarray(run.start, run.end), Buffer.from(piece));
      run = { start: 0, end: 0 };
    } else if (piece.start === run.end) {
      run = { start: run.start, end: piece.end };
    } else {
      chunks.push(bytes.subarray(run.start, run.end));
      run = piece;
    }
  }
  chunks.push(bytes.subarray(run.start, run.end));
  return Buffer.concat(chunks);
}
