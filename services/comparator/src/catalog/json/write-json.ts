import type { FileStyle } from "./file-style.ts";
import { isPlainList, membersByName, type JsonValue } from "./json-value.ts";

/** Where a written value stands. */
export interface Layout {
  /** Indentation of the line it begins on. */
  readonly indent: string;
  /** Its surroundings stand on one line, so it must as well. */
  readonly inline: boolean;
}

/** The text of a value in a file's style. Numbers keep their text; of repeated members the last counts. */
export function writeValue(value: JsonValue, style: FileStyle, layout: Layout): string {
  switch (value.kind) {
    case "string":
      return writeString(value.value, style);
    case "number":
    case "literal":
      return value.text;
    case "array": {
      const inline = layout.inline || (style.inlineLists && isPlainList(value));
      return writeContainer("[]", { style, layout: { ...layout, inline } }, (inside) =>
        value.items.map((item) => writeValue(item, style, inside)),
      );
    }
    case "object":
      return writeContainer("{}", { style, layout }, (inside) =>
        [...membersByName(value).values()].map(({ name, value }) =>
          writeMember(name, value, { style, layout: inside }),
        ),
      );
  }
}

/** A place with everything that writing there needs. */
export interface Place {
  readonly style: FileStyle;
  readonly layout: Layout;
}

export function writeMember(name: string, value: JsonValue, { style, layout }: Place): string {
  return `${writeString(name, style)}${style.colon}${writeValue(value, style, layout)}`;
}

/** Entries between brackets, on one line or on one each. */
export function writeContainer(
  brackets: "{}" | "[]",
  place: Place,
  entries: (inside: Layout) => readonly string[],
): string {
  const { style, layout } = place;
  const inline = layout.inline || style.lineEnd === "";
  const inside = { indent: inline ? layout.indent : `${layout.indent}${style.indent}`, inline };
  const texts = entries(inside);
  const open = brackets.charAt(0);
  const close = brackets.charAt(1);
  if (texts.length === 0) return brackets;
  if (inline) {
    const padding = open === "{" ? style.padding : "";
    return `${open}${padding}${texts.join(style.comma)}${padding}${close}`;
  }
  const line = `${style.lineEnd}${inside.indent}`;
  return `${open}${line}${texts.join(`,${line}`)}${style.lineEnd}${layout.indent}${close}`;
}

/**
 * A string literal. In an ASCII file everything outside space to `~` is escaped, astral characters as
 * two surrogates, which is what Python's `json.dumps` writes; otherwise only what JSON requires, and
 * lone surrogates, which UTF-8 cannot hold.
 */
export function writeString(value: string, { ascii, upperHex }: FileStyle): string {
  let text = JSON.stringify(value);
  if (ascii)
    text = text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  if (upperHex) {
    text = text.replace(/\\(?:u([\da-f]{4})|.)/g, (escape, hex?: string) =>
      hex === undefined ? escape : `\\u${hex.toUpperCase()}`,
    );
  }
  return text;
}
