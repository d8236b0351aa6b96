import { alignItems } from "./align-items.ts";
import { editContainer, layoutInside, type Container, type Entry, type Piece } from "./edit-container.ts";
import { equalValues } from "../json/compare-json.ts";
import type { FileStyle } from "../json/file-style.ts";
import {
  membersByName,
  type JsonArray,
  type JsonObject,
  type JsonValue,
  type LocatedArray,
  type LocatedObject,
  type LocatedValue,
} from "../json/json-value.ts";
import { writeMember, writeValue, type Layout } from "../json/write-json.ts";
import { planOrder, type EntryOrder } from "./plan-order.ts";

/** The file that is edited, and how. */
export interface Edit {
  readonly bytes: Buffer;
  readonly style: FileStyle;
  readonly order: EntryOrder;
}

/** A value in the file, what it becomes, and the layout of its surroundings. */
export interface ValueChange {
  readonly present: LocatedValue;
  readonly wanted: JsonValue;
  readonly layout: Layout;
}

/** The pieces of a value that becomes another: every part that is equal keeps its bytes, at any depth. */
export function editValue({ present, wanted, layout }: ValueChange, edit: Edit): Piece[] {
  if (equalValues(present, wanted)) return [{ start: present.start, end: present.end }];
  if (present.kind === "object" && wanted.kind === "object" && present.members.length > 0) {
    return editObject(present, wanted, edit);
  }
  if (present.kind === "array" && wanted.kind === "array" && present.items.length > 0) {
    return editArray(present, wanted, edit);
  }
  return [writeValue(wanted, edit.style, layout)];
}

function editObject(present: LocatedObject, wanted: JsonObject, edit: Edit): Piece[] {
  const { start, end, members } = present;
  const container: Container = { bytes: edit.bytes, slots: members, start, end };
  const layout = layoutInside(container);
  const wantedByName = membersByName(wanted);
  const slotOf = new Map(members.map(({ name }, slot) => [name, slot]));
  const file = [...slotOf.keys()].filter((name) => wantedByName.has(name));
  const entries: Entry[] = [];
  for (const name of planOrder({ file, source: [...wantedByName.keys()], order: edit.order })) {
    const value = wantedByName.get(name)?.value;
    const slot = slotOf.get(name);
    const member = slot === undefined ? undefined : members[slot];
    if (value === undefined) continue;
    if (member === undefined) {
      entries.push({ slot: undefined, pieces: [writeMember(name, value, { style: edit.style, layout })] });
    } else {
      const pieces = editValue({ present: member.value, wanted: value, layout }, edit);
      entries.push({ slot, pieces: [{ start: member.start, end: member.value.start }, ...pieces] });
    }
  }
  return editContainer(container, entries, edit.style);
}

function editArray(present: LocatedArray, wanted: JsonArray, edit: Edit): Piece[] {
  const { start, end, items } = present;
  const container: Container = { bytes: edit.bytes, slots: items, start, end };
  const layout = layoutInside(container);
  const partners = alignItems(items, wanted.items);
  const entries = wanted.items.map((item, index): Entry => {
    const slot = partners[index];
    const partner = slot === undefined ? undefined : items[slot];
    if (partner === undefined) return { slot: undefined, pieces: [writeValue(item, edit.style, layout)] };
    return { slot, pieces: editValue({ present: partner, wanted: item, layout }, edit) };
  });
  return editContainer(container, entries, edit.style);
}
