import { join } from "node:path";
import type { FileSystem } from "./file-system.ts";
import { removeTree } from "./folders.ts";
import { listReleases, readRelease, releaseFolder } from "./releases.ts";

export interface Keep {
  /** Releases that must stay: the current one and what a live process uses. */
  readonly inUse: ReadonlySet<number>;
  /** How many of the others, the newest first. */
  readonly older: number;
}

/** Removes what crashes left behind, releases that are too old, and content that no release names any more. */
export async function sweep(files: FileSystem, root: string, keep: Keep): Promise<void> {
  await removeUnfinished(files, root);
  const releases = await listReleases(files, root);
  const spare = releases.filter((number) => !keep.inUse.has(number));
  for (const number of spare.slice(0, Math.max(0, spare.length - keep.older))) {
    // The record goes first: a release that is half gone must not be taken for one.
    const folder = releaseFolder(root, number);
    await files.rename(folder, `${folder}.old`);
    await removeTree(files, `${folder}.old`);
  }
  await removeUnused(files, root);
}

async function removeUnfinished(files: FileSystem, root: string): Promise<void> {
  for (const folder of [root, join(root, "releases"), ...(await storeFolders(files, root))]) {
    if ((await files.look(folder)) === undefined) continue;
    for (const name of await files.list(folder))
      if (/\.(new|old)$/.test(name) && !name.startsWith("repo.git")) await removeTree(files, join(folder, name));
  }
}

async function storeFolders(files: FileSystem, root: string): Promise<readonly string[]> {
  const store = join(root, "store");
  if ((await files.look(store)) === undefined) return [];
  return (await files.list(store)).map((name) => join(store, name));
}

async function removeUnused(files: FileSystem, root: string): Promise<void> {
  const used = new Set<string>();
  for (const number of await listReleases(files, root)) {
    const record = await readRelease(files, root, number);
    for (const [name, { stored }] of Object.entries(record?.components ?? {}))
      used.add(join(root, "store", name, stored));
  }
  for (const folder of await storeFolders(files, root))
    for (const name of await files.list(folder)) {
      const path = join(folder, name);
      if (used.has(path.replace(/\.json$/, ""))) continue;
      if (name.endsWith(".json")) await removeTree(files, path);
      else {
        await files.rename(path, `${path}.old`);
        await removeTree(files, `${path}.old`);
      }
    }
}
