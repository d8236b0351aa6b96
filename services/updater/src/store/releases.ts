import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { z } from "zod";
import type { FileSystem } from "./file-system.ts";
import { makeFolders, removeTree } from "./folders.ts";

const installedComponent = z.object({
  version: z.union([z.string(), z.number()]).nullable(),
  /** The id of the tree or blob in the store. */
  hash: z.string(),
  /** Git's mode of what stands at `path`. */
  mode: z.string(),
  /** The folder's name in the store; another than the hash where that one was edited by hand. */
  stored: z.string(),
  /** Where the source has it. */
  path: z.string(),
  commit: z.string(),
});
export type InstalledComponent = z.output<typeof installedComponent>;

/** `version.json` of a release: the manifest's own form, and what is installed for each component. */
export const releaseRecord = z.object({
  release: z.int().positive(),
  commit: z.string(),
  min_runtime: z.int().optional(),
  /** The wanted content that led to it; absent after a person's choice of components. */
  diff_id: z.string().optional(),
  since: z.string(),
  components: z.record(z.string(), installedComponent),
});
export type ReleaseRecord = z.output<typeof releaseRecord>;

/** The content of a release, whatever its number: equal content, equal fingerprint. */
export function fingerprintOf(components: Readonly<Record<string, { readonly hash: string }>>): string {
  const lines = Object.entries(components).map(([name, { hash }]) => `${name} ${hash}\n`);
  return createHash("sha256").update(lines.sort().join("")).digest("hex");
}

export const releaseFolder = (root: string, number: number): string => join(root, "releases", String(number));

/** Builds a release beside: a link for each component and its version.json, durable, then one rename. */
export async function buildRelease(files: FileSystem, root: string, record: ReleaseRecord): Promise<void> {
  const folder = releaseFolder(root, record.release);
  const fresh = `${folder}.new`;
  await makeFolders(files, join(root, "releases"));
  await removeTree(files, fresh);
  await removeTree(files, folder);
  await files.makeFolder(fresh);
  for (const [name, { stored }] of Object.entries(record.components))
    await files.link(join(fresh, name), join("..", "..", "store", name, stored));
  const version = join(fresh, "version.json");
  await files.write(version, Buffer.from(`${JSON.stringify(record, undefined, 2)}\n`), 0o444);
  await files.sync(version);
  await files.sync(fresh);
  await files.rename(fresh, folder);
  await files.sync(join(root, "releases"));
}

/** Points `current` at a release: one rename, before which all is old and after which all is new (I11). */
export async function switchTo(files: FileSystem, root: string, number: number): Promise<void> {
  const [current, fresh] = [join(root, "current"), join(root, "current.new")];
  await removeTree(files, fresh);
  await files.link(fresh, join("releases", String(number)));
  await files.rename(fresh, current);
  await files.sync(root);
}

/** The number of the release that `current` points at; undefined before the first. */
export async function currentRelease(files: FileSystem, root: string): Promise<number | undefined> {
  const current = join(root, "current");
  if ((await files.look(current))?.kind !== "link") return undefined;
  return numberOf(basename(await files.readLink(current)));
}

/** The numbers of all releases that are whole, the oldest first. */
export async function listReleases(files: FileSystem, root: string): Promise<readonly number[]> {
  if ((await files.look(join(root, "releases"))) === undefined) return [];
  const names = await files.list(join(root, "releases"));
  return names.flatMap((name) => numberOf(name) ?? []).toSorted((one, other) => one - other);
}

/** Undefined where there is no such release. */
export async function readRelease(files: FileSystem, root: string, number: number): Promise<ReleaseRecord | undefined> {
  const path = join(releaseFolder(root, number), "version.json");
  if ((await files.look(path)) === undefined) return undefined;
  return releaseRecord.parse(JSON.parse((await files.read(path)).toString()));
}

function numberOf(name: string): number | undefined {
  return /^[1-9]\d*$/.test(name) ? Number(name) : undefined;
}
