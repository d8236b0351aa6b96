import { createHash } from "node:crypto";
import { PermanentError } from "@lockstep/shared/errors";
import { hashDelta, withDeltaTrailer, type DeltaEntry } from "./delta-trailer.ts";
import { filePath } from "./file-path.ts";
import type { CommitPlan, FileChange, Person, TreeEntry } from "./repository.ts";

/** What `git fast-import` shall be told, or nothing, where the base has these files already. */
export type CommitScript = { readonly kind: "unchanged" } | { readonly kind: "write"; readonly stream: Buffer };

/**
 * Turns "base with these files" into a script for fast-import. `entries` is what the base has at the paths and on
 * the way to them. Pure: the same plan is the same script, and so the same commit (I3).
 */
export function planCommit(plan: CommitPlan, entries: ReadonlyMap<string, TreeEntry>): CommitScript {
  refuseOverlaps(plan.files);
  const changes = plan.files.flatMap((file) => changeOf(file, entries, plan.base.length) ?? []);
  if (changes.length === 0) return { kind: "unchanged" };
  const message = Buffer.from(withDeltaTrailer(plan.message, hashDelta(changes)));
  const author = stamp(plan.author);
  const parts: (string | Uint8Array)[] = [
    `commit ${scratchRef}\nmark :1\nauthor ${author}\n`,
    `committer ${plan.committer === undefined ? author : stamp(plan.committer)}\ndata ${message.length}\n`,
    message,
    `\nfrom ${plan.base}\n`,
    ...changes.flatMap(tell),
    'get-mark :1\nls :1 ""\ndone\n',
  ];
  return { kind: "write", stream: Buffer.concat(parts.map((part) => Buffer.from(part))) };
}

/** fast-import cannot write a commit without a ref; nobody reads this one. */
const scratchRef = "refs/lockstep/wanted";

interface Change extends DeltaEntry {
  readonly content: Uint8Array | undefined;
}

function changeOf(
  { path, content, mode }: FileChange,
  entries: ReadonlyMap<string, TreeEntry>,
  idLength: number,
): Change | undefined {
  refuseNonFiles(filePath(path), entries);
  const before = entries.get(path);
  if (content === undefined) {
    if (before === undefined) return undefined;
    return { path, mode: "000000", oid: "0".repeat(idLength), content };
  }
  const after = { mode: mode ?? before?.mode ?? "100644", oid: blobId(content, idLength) };
  if (after.mode === before?.mode && after.oid === before.oid) return undefined;
  return { path, ...after, content };
}

/** The id git gives this content, in a repository of SHA-1 (40 digits) or SHA-256 ids (64). */
export function blobId(content: Uint8Array, idLength: number): string {
  const hash = createHash(idLength === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${content.length}\0`).update(content).digest("hex");
}

const kinds: ReadonlyMap<string, string> = new Map([
  ["120000", "a symbolic link"],
  ["040000", "a folder"],
  ["160000", "a submodule"],
]);

function refuseNonFiles(path: string, entries: ReadonlyMap<string, TreeEntry>): void {
  const own = kinds.get(entries.get(path)?.mode ?? "");
  if (own !== undefined) throw notAFile(path, path, own);
  for (const parent of parentsOf(path)) {
    const mode = entries.get(parent)?.mode;
    if (mode !== undefined && mode !== "040000") throw notAFile(path, parent, kinds.get(mode) ?? "a file");
  }
}

/** `a/b/c` → `a`, `a/b`. */
export function parentsOf(path: string): readonly string[] {
  const segments = path.split("/");
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join("/"));
}

function notAFile(path: string, place: string, what: string): PermanentError {
  return new PermanentError("PATH_NOT_A_FILE", `${path} cannot be written: the repository has ${what} at ${place}`, {
    hint: "Correct the file's path in the configuration, or make place for it in the repository.",
  });
}

function refuseOverlaps(files: readonly FileChange[]): void {
  const paths = new Set(files.map(({ path }) => path));
  const overlap = files.find(({ path }) => parentsOf(path).some((parent) => paths.has(parent)))?.path;
  if (paths.size === files.length && overlap === undefined) return;
  throw new PermanentError(
    "FILE_PATHS_OVERLAP",
    `two files of a commit claim the same path${overlap ? `: ${overlap}` : ""}`,
    {
      hint: "Give each file of the target a path of its own.",
    },
  );
}

function tell({ path, mode, content }: Change): readonly (string | Uint8Array)[] {
  if (content === undefined) return [`D ${quote(path)}\n`];
  return [`M ${mode} inline ${quote(path)}\ndata ${content.length}\n`, content, "\n"];
}

/** `filePath` has refused control characters and backslashes. */
function quote(path: string): string {
  return `"${path.replaceAll('"', '\\"')}"`;
}

/** `Name <mail> seconds +0000`; the characters that would end a part are left out. */
function stamp({ name, email, date }: Person): string {
  const clean = (text: string) => text.replace(/[<>\p{Cc}]/gu, "").trim();
  return `${clean(name)} <${clean(email)}> ${Math.floor(date.getTime() / 1000)} +0000`;
}
