import { writeFileSync } from "node:fs";
import { operations } from "../rest/operations.ts";
import { readWholeDescription, trimDescription } from "./trim-description.ts";

/** Writes description.json anew: run it after adding an operation or updating `@octokit/openapi`, then format it. */
const trimmed = trimDescription(readWholeDescription(), operations.keys());
writeFileSync(new URL("description.json", import.meta.url), `${JSON.stringify(trimmed)}\n`);
