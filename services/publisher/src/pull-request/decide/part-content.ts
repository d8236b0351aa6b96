import { createHash } from "node:crypto";
import { blobId } from "./blob-id.ts";
import { failedPaths, type Part } from "./plan-parts.ts";
import type { BranchRecord, PublishedFile } from "../report/record.ts";

/** What a part's branch should change of its base. */
export interface PartContent {
  /** Path → file; only those that differ from the base. */
  readonly files: Readonly<Record<string, PublishedFile>>;
  /** Failed categories whose part of the pull request stays as it was. */
  readonly kept: readonly string[];
  /** Equal files, equal hash. */
  readonly hash: string;
}

export interface PartSight {
  readonly tip: string;
  /** Path → blob at the base's tip. */
  readonly entries: ReadonlyMap<string, string>;
  readonly bytes: ReadonlyMap<string, Uint8Array>;
  /** What we know of the branch that carries the part now. */
  readonly recorded: BranchRecord | undefined;
}

/**
 * The changed files, and those of failed categories as the open pull request has them (I10) unless the base's file
 * was changed under them: a whole file from an old base would undo somebody's edit (I8). Pure.
 */
export function partContent(part: Part, { tip, entries, bytes, recorded }: PartSight): PartContent {
  const files = new Map<string, PublishedFile>();
  for (const { path, wanted, kept } of part.changes) {
    const base = entries.get(path) ?? null;
    const blob = blobId(bytes.get(wanted) ?? new Uint8Array(), tip);
    if (blob !== base) files.set(path, { base, wanted: blob, content: wanted, ...(kept !== undefined && { kept }) });
  }
  const before = new Map(recorded?.state === "open" ? Object.entries(recorded.files) : []);
  const keptPaths = new Set<string>();
  for (const path of failedPaths(part)) {
    const file = before.get(path);
    if (file === undefined || files.has(path) || file.base !== (entries.get(path) ?? null)) continue;
    files.set(path, file);
    keptPaths.add(path);
  }
  const kept = part.categories.filter((category) => keptPaths.has(part.paths[category] ?? ""));
  return { files: Object.fromEntries(files), kept, hash: hashFiles(files) };
}

function hashFiles(files: ReadonlyMap<string, PublishedFile>): string {
  const lines = [...files].map(([path, { content }]) => `${path}\0${content}\n`);
  return createHash("sha256").update(lines.toSorted().join("")).digest("hex");
}
