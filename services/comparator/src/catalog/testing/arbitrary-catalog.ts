import {
  array,
  boolean,
  constantFrom,
  dictionary,
  letrec,
  option,
  record,
  string,
  uniqueArray,
  type Arbitrary,
} from "fast-check";

/** How a text is written, beside what it says. */
export interface TextStyle {
  readonly indent: string | null;
  readonly crlf: boolean;
  readonly bom: boolean;
  readonly ascii: boolean;
  readonly end: string;
}

export const textStyle: Arbitrary<TextStyle> = record({
  indent: constantFrom(null, "\t", " ", "  ", "    "),
  crlf: boolean(),
  bom: boolean(),
  ascii: boolean(),
  end: constantFrom("", "\n", "\n\n"),
});

const name = constantFrom("a", "b", "c", "10", "2", "a/b", 'q"uote', "back\\slash", "ключ", "é", "😀", "new\nline", "");

/** Stands for a number in some way of writing it, which `JSON.stringify` would not keep. */
const numberText = constantFrom("0", "1", "1.0", "1e2", "100", "-3.50", "12E-1", "9007199254740993", "0.1");
const numberMark = "number:";

const { value } = letrec<{ value: unknown }>((tie) => ({
  value: option(
    constantFrom(
      boolean(),
      string({ unit: "binary", maxLength: 6 }),
      numberText.map((text) => `${numberMark}${text}`),
    ).chain((kind: Arbitrary<unknown>) => kind),
    { nil: null },
  ).chain((leaf) =>
    constantFrom<"leaf" | "list" | "object">("leaf", "leaf", "leaf", "list", "object").chain(
      (kind): Arbitrary<unknown> => {
        if (kind === "leaf") return constantFrom(leaf);
        if (kind === "list") return array(tie("value"), { maxLength: 4 });
        return dictionary(name, tie("value"), { maxKeys: 4 });
      },
    ),
  ),
}));

/** Records by name; an array, so that the order of integer-like names is kept. */
export type Records = readonly (readonly [string, unknown])[];

export const catalogRecords: Arbitrary<Records> = uniqueArray(
  record({ name, fields: dictionary(name, value, { maxKeys: 5 }) }),
  { selector: ({ name }) => name, maxLength: 8 },
).map((records) => records.map(({ name, fields }) => [name, fields] as const));

/** The text of a catalog, made without anything that is tested. */
export function styledText(records: Records, { indent, crlf, bom, ascii, end }: TextStyle): string {
  const members = records.map(([name, value]) => [JSON.stringify(name), JSON.stringify(value, null, indent ?? "")]);
  const entries = members.map(([name, value = ""]) =>
    indent === null ? `${name}:${value}` : `${indent}${name}: ${value.replaceAll("\n", `\n${indent}`)}`,
  );
  let text = indent === null ? `{${entries.join(",")}}` : `{\n${entries.join(",\n")}\n}`;
  if (entries.length === 0) text = "{}";
  text = text.replaceAll(new RegExp(`"${numberMark}([^"]*)"`, "g"), "$1") + end;
  if (ascii)
    text = text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  if (crlf) text = text.replaceAll("\n", "\r\n");
  return bom ? `\ufeff${text}` : text;
}

/** What a text says, by Node's own reading. */
export function readPlainly(text: string): Record<string, unknown> {
  return JSON.parse(text.replace(/^\ufeff/, "")) as Record<string, unknown>;
}
