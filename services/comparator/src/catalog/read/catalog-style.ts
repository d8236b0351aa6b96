import { detectStyle, type FileStyle } from "../json/file-style.ts";
import { parseRange } from "../json/parse-json.ts";
import type { CatalogFile, RecordSlot } from "./read-catalog.ts";

/** As many records show how a file is written. */
const sampleSize = 16;

/** The style of a catalog's text. */
export function styleOf({ bytes, top, records, escapes }: CatalogFile): FileStyle {
  const [first] = records;
  const sample = records.slice(0, sampleSize);
  const separators = sample.map(({ start }, index) => {
    return bytes.toString("utf8", records[index - 1]?.end ?? top?.start, start);
  });
  const colon = first === undefined ? undefined : colonOf(bytes, first);
  const values = sample.map(({ value }) => parseRange(bytes, value));
  return detectStyle({ bytes, sample: values, separators, colon, ...escapes });
}

/** The text between a record's name and its value. */
function colonOf(bytes: Buffer, { start, value }: RecordSlot): string {
  const text = bytes.toString("utf8", start, value.start);
  return text.slice(text.lastIndexOf('"') + 1);
}
