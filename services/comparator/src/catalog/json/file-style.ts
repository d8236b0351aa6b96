import { isAscii } from "node:buffer";
import type { SeenEscapes } from "./scan-json.ts";
import { isPlainList, type LocatedValue, type Span } from "./json-value.ts";

/** How a file is written, so that what is put into it looks like the rest. */
export interface FileStyle {
  /** Empty where the whole file stands on one line. */
  readonly lineEnd: "" | "\n" | "\r\n";
  /** One step: spaces or tabs. */
  readonly indent: string;
  /** Between a name and its value, with its space. */
  readonly colon: string;
  /** Between entries that share a line, with its space. */
  readonly comma: string;
  /** Inside the braces of an object on one line. */
  readonly padding: string;
  /** Characters beyond ASCII are `\uXXXX`, else UTF-8. */
  readonly ascii: boolean;
  /** Hex letters of escapes are A to F. */
  readonly upperHex: boolean;
  /** Each record stands on one line. */
  readonly inlineRecords: boolean;
  /** Lists of plain values stand on one line. */
  readonly inlineLists: boolean;
}

/** A new file is what Python's `json.dumps(x, indent=4) + "\n"` writes. */
export const newFileStyle: FileStyle = {
  lineEnd: "\n",
  indent: "    ",
  colon: ": ",
  comma: ", ",
  padding: "",
  ascii: true,
  upperHex: false,
  inlineRecords: false,
  inlineLists: false,
};

/** What a scan of a file found out beside its records. */
export interface FileFacts extends SeenEscapes {
  readonly bytes: Buffer;
  /** Records to look at: the first few that hold something. */
  readonly sample: readonly LocatedValue[];
  /** The text before each of the first records: a brace or a comma, and space. */
  readonly separators: readonly string[];
  /** The text between the first record's name and its value. */
  readonly colon: string | undefined;
}

/** The style of a file, from its first records; what they do not show is as in a new file. */
export function detectStyle(facts: FileFacts): FileStyle {
  const { bytes, separators, colon = newFileStyle.colon } = facts;
  const votes = new Votes(bytes);
  const head = separators[0] ?? "{\n";
  for (const value of facts.sample) votes.look(value, indentAfter(head));
  const onOneLine = !separators.some((text) => text.includes("\n"));
  const comma = onOneLine ? separators[1] : undefined;
  return {
    lineEnd: onOneLine && votes.multiLine === 0 ? "" : lineEndOf(bytes),
    indent: mostVoted(votes.indents) ?? (indentAfter(head) || newFileStyle.indent),
    colon,
    comma: comma ?? mostVoted(votes.commas) ?? (colon.endsWith(" ") ? ", " : ","),
    padding: onOneLine ? head.slice(1) : (mostVoted(votes.paddings) ?? ""),
    ascii: writesAscii(facts),
    upperHex: facts.upperHex > facts.lowerHex,
    inlineRecords: votes.recordsOnOneLine > votes.recordsOnMore,
    inlineLists: votes.listsOnOneLine > votes.listsOnMore,
  };
}

/** The space after the last line end of a text, or nothing where it has none. */
export function indentAfter(text: string): string {
  const at = text.lastIndexOf("\n");
  return at === -1 ? "" : text.slice(at + 1);
}

/** The line end of a file's first line. */
export function lineEndOf(bytes: Buffer): "\n" | "\r\n" {
  const at = bytes.indexOf(0x0a);
  return at > 0 && bytes[at - 1] === 0x0d ? "\r\n" : "\n";
}

/** A file that shows neither is taken for ASCII. */
function writesAscii({ bytes, nonAsciiEscapes }: FileFacts): boolean {
  if (isAscii(bytes)) return true;
  if (nonAsciiEscapes === 0) return false;
  let characters = 0;
  for (const byte of bytes) if (byte >= 0xc0) characters += 1;
  return nonAsciiEscapes > characters;
}

/** Counts how the containers within records are written. */
class Votes {
  readonly indents = new Map<string, number>();
  readonly commas = new Map<string, number>();
  readonly paddings = new Map<string, number>();
  multiLine = 0;
  recordsOnOneLine = 0;
  recordsOnMore = 0;
  listsOnOneLine = 0;
  listsOnMore = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** `indent` is that of the line the record begins on. */
  look(record: LocatedValue, indent: string): void {
    const holds = this.#container(record, indent);
    if (holds === "one line") this.recordsOnOneLine += 1;
    if (holds === "more lines") this.recordsOnMore += 1;
  }

  #container(value: LocatedValue, indent: string): "nothing" | "one line" | "more lines" {
    if (value.kind !== "object" && value.kind !== "array") return "nothing";
    const slots: readonly Span[] = value.kind === "object" ? value.members : value.items;
    const [first, second] = slots;
    if (first === undefined) return "nothing";
    const head = this.#text(value.start + 1, first.start);
    const within = indentAfter(head);
    const oneLine = !this.#bytes.subarray(value.start, value.end).includes(0x0a);
    if (oneLine) {
      if (second !== undefined) vote(this.commas, this.#text(first.end, second.start));
      if (value.kind === "object") vote(this.paddings, head);
    } else {
      this.multiLine += 1;
      if (within.length > indent.length && within.startsWith(indent)) vote(this.indents, within.slice(indent.length));
    }
    if (value.kind === "array" && isPlainList(value)) {
      if (oneLine) this.listsOnOneLine += 1;
      else this.listsOnMore += 1;
    }
    const children = value.kind === "object" ? value.members.map((member) => member.value) : value.items;
    for (const child of children) this.#container(child, within);
    return oneLine ? "one line" : "more lines";
  }

  #text(start: number, end: number): string {
    return this.#bytes.toString("utf8", start, end);
  }
}

function vote(votes: Map<string, number>, text: string): void {
  votes.set(text, (votes.get(text) ?? 0) + 1);
}

function mostVoted(votes: ReadonlyMap<string, number>): string | undefined {
  return [...votes].sort(([, left], [, right]) => right - left)[0]?.[0];
}
