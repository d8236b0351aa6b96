import type { ModifiedRecord } from "@lockstep/shared/contracts";
import { equalValues } from "../json/compare-json.ts";
import { newFileStyle } from "../json/file-style.ts";
import { isPlainList, membersByName, type JsonArray, type JsonObject, type JsonValue } from "../json/json-value.ts";
import { writeValue } from "../json/write-json.ts";

export type FieldChange = ModifiedRecord["fields"][number];

/** Characters of a value's text that are shown. */
export const shownLength = 160;

/** Fields of one record that are shown; one more entry then says how many are not. */
export const shownFields = 50;

const shownStyle = { ...newFileStyle, lineEnd: "", ascii: false } as const;

/**
 * Which fields differ between two values of a record, by path (`settings.top_k`, `files[0].path`,
 * `["odd name"].x`), with the JSON text of both cut to `shownLength`. Lists are taken apart only where
 * they hold objects or lists and have equally many. The whole record has the path `(record)`.
 */
export function describeFields(before: JsonValue, after: JsonValue): FieldChange[] {
  const changes: FieldChange[] = [];
  collect({ path: "", before, after }, changes);
  const more = changes.length - shownFields;
  return more <= 0 ? changes : [...changes.slice(0, shownFields), { field: `… and ${more} more` }];
}

interface Pair {
  readonly path: string;
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
}

function collect({ path, before, after }: Pair, changes: FieldChange[]): void {
  if (before?.kind === "object" && after?.kind === "object") {
    for (const pair of memberPairs(path, before, after)) collect(pair, changes);
  } else if (before?.kind === "array" && after?.kind === "array" && comparableByItem(before, after)) {
    for (const [index, item] of before.items.entries()) {
      collect({ path: `${path}[${index}]`, before: item, after: after.items[index] }, changes);
    }
  } else if (before === undefined || after === undefined || !equalValues(before, after)) {
    changes.push({
      field: path === "" ? "(record)" : path,
      ...(before === undefined ? {} : { before: shown(before) }),
      ...(after === undefined ? {} : { after: shown(after) }),
    });
  }
}

/** In the order of the record before, with new ones behind. */
function memberPairs(path: string, before: JsonObject, after: JsonObject): Pair[] {
  const befores = membersByName(before);
  const afters = membersByName(after);
  return [...new Set([...befores.keys(), ...afters.keys()])].map((name) => ({
    path: join(path, name),
    before: befores.get(name)?.value,
    after: afters.get(name)?.value,
  }));
}

function comparableByItem(before: JsonArray, after: JsonArray): boolean {
  return before.items.length === after.items.length && !(isPlainList(before) && isPlainList(after));
}

function join(path: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

function shown(value: JsonValue): string {
  const text = writeValue(value, shownStyle, { indent: "", inline: true });
  if (text.length <= shownLength) return text;
  const cut = text.slice(0, shownLength - 1);
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`;
}
