import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { PermanentError, TransientError } from "@lockstep/shared/runtime";
import { z } from "zod";
import type { FileSystem } from "./file-system.ts";
import { listTree, makeFolders, removeTree, replaceFile } from "./folders.ts";
import { checkEntries, checkLink, type ReleaseEntry } from "./release-entries.ts";

/** What a component is made of, and how to read it. */
export interface ComponentContent {
  readonly component: string;
  /** The id of its tree, or of its blob if it is a single file. */
  readonly hash: string;
  readonly entries: readonly ReleaseEntry[];
  /** The bytes of blobs by id. */
  readonly read: (oids: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>;
  /** Its files are data: those that end in `.json` must parse. */
  readonly isData: boolean;
}

/** What differs from what was written. */
export interface Differences {
  readonly changed: readonly string[];
  readonly missing: readonly string[];
  readonly added: readonly string[];
}

const blobsAtOnce = 200;
const reserveBytes = 16 * 1024 ** 2;

/** Where a component's content stands: written once, under the name of its hash. */
export function contentFolder(root: string, component: string, hash: string): string {
  return join(root, "store", component, hash);
}

/**
 * Puts a component into the store and returns the name of its folder there: written beside, each file synced and read
 * back, then one rename. What is there whole is used again; what was edited by hand stays as it is, beside the new one.
 * Throws RELEASE_PATH_REFUSED, RELEASE_CONTENT_FAULTY (permanent), UPDATE_DISK_FULL, UPDATE_CONTENT_DAMAGED.
 */
export async function storeContent(files: FileSystem, root: string, content: ComponentContent): Promise<string> {
  const { component, entries } = content;
  checkEntries(component, entries);
  const { name, isThere } = await chooseFolder(files, root, content);
  if (isThere) return name;
  const folder = contentFolder(root, component, name);
  const fresh = `${folder}.new`;
  await makeFolders(files, dirname(folder));
  await removeTree(files, fresh);
  await files.makeFolder(fresh);
  for (let at = 0; at < entries.length; at += blobsAtOnce)
    await writeEntries(files, fresh, { ...content, entries: entries.slice(at, at + blobsAtOnce) });
  for (const inner of foldersOf(entries)) await files.sync(join(fresh, inner));
  await files.sync(fresh);
  await replaceFile(files, `${folder}.json`, JSON.stringify(entries));
  if (!isSame(await compareFolder(files, fresh, entries)))
    throw new TransientError("UPDATE_CONTENT_DAMAGED", `${component}: what was written cannot be read back`, {
      hint: "the disk may be failing; nothing was changed",
    });
  await files.rename(fresh, folder);
  await files.sync(dirname(folder));
  return name;
}

/** The folder named for the hash, or the next name that is free where a person changed what stands there. */
async function chooseFolder(files: FileSystem, root: string, { component, hash }: ComponentContent) {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? hash : `${hash}-${number}`;
    const folder = contentFolder(root, component, name);
    if ((await files.look(folder)) === undefined) return { name, isThere: false };
    const { changed, missing } = await compareContent(files, folder);
    if (changed.length + missing.length === 0 && (await readEntries(files, folder)) !== undefined)
      return { name, isThere: true };
  }
}

/** How a folder of the store differs from what was written there; a folder whose list is gone differs in all of it. */
export async function compareContent(files: FileSystem, folder: string): Promise<Differences> {
  return compareFolder(files, folder, (await readEntries(files, folder)) ?? []);
}

const entriesSchema = z.array(z.object({ path: z.string(), mode: z.string(), oid: z.string() }));

async function readEntries(files: FileSystem, folder: string): Promise<readonly ReleaseEntry[] | undefined> {
  if ((await files.look(`${folder}.json`)) === undefined) return undefined;
  try {
    return entriesSchema.parse(JSON.parse((await files.read(`${folder}.json`)).toString()));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

async function compareFolder(
  files: FileSystem,
  folder: string,
  entries: readonly ReleaseEntry[],
): Promise<Differences> {
  const wanted = new Map(entries.map((entry) => [entry.path, entry]));
  const present = new Set(await listTree(files, folder));
  const changed: string[] = [];
  for (const entry of entries)
    if (present.has(entry.path) && !(await isAsWritten(files, folder, entry))) changed.push(entry.path);
  return {
    changed,
    missing: [...wanted.keys()].filter((path) => !present.has(path)),
    added: [...present].filter((path) => !wanted.has(path)),
  };
}

/** Whether there is no difference at all. */
export function isSame({ changed, missing, added }: Differences): boolean {
  return changed.length + missing.length + added.length === 0;
}

async function isAsWritten(files: FileSystem, folder: string, { path, mode, oid }: ReleaseEntry): Promise<boolean> {
  const place = join(folder, path);
  const standing = await files.look(place);
  if (standing?.kind !== (mode === "120000" ? "link" : "file")) return false;
  if (standing.kind === "file" && standing.executable !== (mode === "100755")) return false;
  const bytes = mode === "120000" ? Buffer.from(await files.readLink(place)) : await files.read(place);
  return blobId(bytes, oid.length) === oid;
}

/** Git's name for these bytes, SHA-1 or SHA-256 by its length in hex. */
function blobId(bytes: Uint8Array, length: number): string {
  return createHash(length === 64 ? "sha256" : "sha1")
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest("hex");
}

function foldersOf(entries: readonly ReleaseEntry[]): readonly string[] {
  const folders = new Set<string>();
  for (const { path } of entries)
    for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) folders.add(path.slice(0, at));
  return [...folders].sort();
}

async function writeEntries(files: FileSystem, fresh: string, content: ComponentContent): Promise<void> {
  const { component, entries, isData } = content;
  const blobs = await content.read([...new Set(entries.map(({ oid }) => oid))]);
  const size = entries.reduce((sum, { oid }) => sum + (blobs.get(oid)?.length ?? 0), 0);
  if ((await files.freeBytes(fresh)) < size + reserveBytes)
    throw new TransientError("UPDATE_DISK_FULL", `${component}: ${size} bytes more do not fit on the disk`, {
      hint: "free space where the installation is; nothing was changed",
    });
  for (const inner of foldersOf(entries)) await files.makeFolder(join(fresh, inner));
  for (const { path, mode, oid } of entries) {
    const bytes = blobs.get(oid);
    if (bytes === undefined || blobId(bytes, oid.length) !== oid)
      throw new TransientError("UPDATE_CONTENT_DAMAGED", `${component}: ${path} did not arrive whole`);
    const place = join(fresh, path);
    if (mode === "120000") {
      checkLink(component, path, bytes.toString());
      await files.link(place, bytes.toString());
      continue;
    }
    if (isData && path.endsWith(".json")) refuseBadJson(component, path, bytes);
    await files.write(place, bytes, mode === "100755" ? 0o555 : 0o444);
    await files.sync(place);
  }
}

function refuseBadJson(component: string, path: string, bytes: Buffer): void {
  try {
    JSON.parse(bytes.toString());
  } catch (error) {
    throw new PermanentError("RELEASE_CONTENT_FAULTY", `${component}: ${path} is not JSON: ${String(error)}`, {
      hint: "nothing was changed; correct the file at the source",
      cause: error,
    });
  }
}
