import { valueOf, type CatalogRecords } from "../read/catalog-record.ts";
import { styleOf } from "../read/catalog-style.ts";
import { editContainer, layoutInside, type Entry, type Piece } from "./edit-container.ts";
import { editValue } from "./edit-value.ts";
import { lineEndOf, newFileStyle, type FileStyle } from "../json/file-style.ts";
import type { Span } from "../json/json-value.ts";
import { parseRange } from "../json/parse-json.ts";
import { writeContainer, writeMember } from "../json/write-json.ts";
import { planFileEdit, type FileEdit } from "./plan-file-edit.ts";
import type { CatalogFile, RecordSlot } from "../read/read-catalog.ts";

/**
 * The smallest edit: the bytes of a file after a change of some records. Everything that does not change
 * keeps its bytes, within a changed record too; what is new is written in the file's own style. The same
 * edit on its result changes nothing (I3).
 */
export function editFile(target: CatalogFile, edit: FileEdit): Buffer {
  const { bytes, top, records } = target;
  if (top === undefined) return Buffer.from(`${writeRecords(edit.source, newFileStyle)}\n`);
  const pieces = records.length === 0 ? [fillTop(target, edit)] : editTop(target, top, edit);
  return joinPieces(bytes, [{ start: 0, end: top.start }, ...pieces, { start: top.end, end: bytes.length }]);
}

function writeRecords(source: CatalogRecords, style: FileStyle): string {
  return writeContainer("{}", { style, layout: { indent: "", inline: false } }, (layout) =>
    Array.from(source, ([name, record]) => writeMember(name, valueOf(record), { style, layout })),
  );
}

/** An object without records has no style but its line end. */
function fillTop({ bytes }: CatalogFile, { source }: FileEdit): string {
  return writeRecords(source, { ...newFileStyle, lineEnd: lineEndOf(bytes) });
}

function editTop(target: CatalogFile, top: Span, edit: FileEdit): Piece[] {
  const { bytes, records } = target;
  const style = styleOf(target);
  const container = { bytes, slots: records, ...top };
  const inside = layoutInside(container);
  const layout = { ...inside, inline: inside.inline || style.inlineRecords };
  const entries = planFileEdit(target, edit).map((step): Entry => {
    if (step.kind === "keep") return { slot: step.first, pieces: [runOf(records, step)] };
    const wanted = valueOf(step.record);
    const slot = step.slot === undefined ? undefined : records[step.slot];
    if (slot === undefined) {
      return { slot: undefined, pieces: [writeMember(step.name, wanted, { style, layout })] };
    }
    const present = parseRange(bytes, slot.value);
    const pieces = editValue({ present, wanted, layout }, { bytes, style, order: edit.order });
    return { slot: step.slot, pieces: [{ start: slot.start, end: slot.value.start }, ...pieces] };
  });
  return editContainer(container, entries, style);
}

function runOf(
  records: readonly RecordSlot[],
  { first, last }: { readonly first: number; readonly last: number },
): Span {
  return { start: records[first]?.start ?? 0, end: records[last]?.end ?? 0 };
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
