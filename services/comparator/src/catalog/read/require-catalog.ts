import { PermanentError } from "@lockstep/shared/errors";
import { locate } from "../json/json-fault.ts";
import { readCatalog, type CatalogFile } from "./read-catalog.ts";

/** Codes by what is wrong; the side stands before them. */
const codes = {
  syntax: "NOT_JSON",
  "too-deep": "TOO_DEEP",
  "not-object": "NOT_AN_OBJECT",
  "not-utf8": "NOT_UTF8",
} as const;

const hints = {
  SOURCE: "Open the source's address for this category and look at what it answers; its file stays as it is.",
  TARGET: "Repair the file in the target repository; it is not written while it cannot be read.",
} as const;

/**
 * The catalog in a text. An empty target file is an empty catalog; an empty source is a fault (I7).
 *
 * @throws PermanentError `SOURCE_NOT_JSON`, `SOURCE_TOO_DEEP`, `SOURCE_NOT_AN_OBJECT`, `SOURCE_NOT_UTF8` or
 *   the same with `TARGET_`, with line and column; `SOURCE_EMPTY`.
 */
export function requireCatalog(side: "SOURCE" | "TARGET", bytes: Buffer): CatalogFile {
  const reading = readCatalog(bytes);
  const hint = hints[side];
  const subject = side === "SOURCE" ? "the source's answer" : "the target's file";
  if (reading.kind === "fault") {
    const { kind, offset, message } = reading.fault;
    const { line, column } = locate(bytes, offset);
    throw new PermanentError(`${side}_${codes[kind]}`, `${subject}, line ${line}, column ${column}: ${message}`, {
      hint,
    });
  }
  if (side === "SOURCE" && reading.catalog.top === undefined) {
    throw new PermanentError("SOURCE_EMPTY", `${subject} is empty`, { hint });
  }
  return reading.catalog;
}
