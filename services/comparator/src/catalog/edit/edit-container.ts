import { indentAfter, type FileStyle } from "../json/file-style.ts";
import type { Span } from "../json/json-value.ts";
import type { Layout } from "../json/write-json.ts";

/** A part of the edited file: bytes of the old one, or new text. */
export type Piece = Span | string;

/** An object or list in a file, from bracket to bracket, with the spans of what it holds. */
export interface Container extends Span {
  readonly bytes: Buffer;
  readonly slots: readonly Span[];
}

/** Something the container holds afterwards; `slot` is where it stands now, undefined where it is new. */
export interface Entry {
  readonly slot: number | undefined;
  readonly pieces: readonly Piece[];
}

/**
 * A container (with at least one slot) with other entries. What stands before an entry in the file stays
 * before it, blank lines too; what is removed goes with the comma before it; what is new is set apart
 * like the others.
 */
export function editContainer(container: Container, entries: readonly Entry[], style: FileStyle): Piece[] {
  const { bytes, slots, start, end } = container;
  const first = slots[0];
  const last = slots.at(-1);
  if (first === undefined || last === undefined) throw new RangeError("an empty container has nothing to edit");
  if (entries.length === 0) return [bytes.toString("latin1", start, start + 1), bytes.toString("latin1", end - 1, end)];
  const separator = usualSeparator(container, style);
  const pieces: Piece[] = [{ start, end: first.start }];
  for (const [index, entry] of entries.entries()) {
    if (index > 0) pieces.push(separatorBefore(slots, entry.slot) ?? separator);
    for (const piece of entry.pieces) pieces.push(piece);
  }
  pieces.push({ start: last.end, end });
  return pieces;
}

/** How lines begin within a container that holds something, or that all of it stands on one line. */
export function layoutInside(container: Container): Layout {
  const { bytes, start, slots } = container;
  const head = bytes.toString("utf8", start + 1, slots[0]?.start);
  const inline = !head.includes("\n") && !separatorsOf(container).some((text) => text.includes("\n"));
  return { indent: indentAfter(head), inline };
}

function separatorBefore(slots: readonly Span[], slot: number | undefined): Span | undefined {
  if (slot === undefined || slot === 0) return undefined;
  const before = slots[slot - 1];
  const own = slots[slot];
  return before === undefined || own === undefined ? undefined : { start: before.end, end: own.start };
}

/** The shortest of the first separators: blank lines between groups are no rule. */
function usualSeparator(container: Container, style: FileStyle): string {
  const [shortest] = separatorsOf(container).sort((left, right) => left.length - right.length);
  if (shortest !== undefined) return shortest;
  const { indent, inline } = layoutInside(container);
  return inline ? style.comma : `,${style.lineEnd}${indent}`;
}

const looked = 16;

function separatorsOf({ bytes, slots }: Container): string[] {
  return slots.slice(1, looked).map((slot, index) => bytes.toString("utf8", slots[index]?.end, slot.start));
}
