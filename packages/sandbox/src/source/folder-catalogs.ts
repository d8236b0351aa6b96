import { readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createCatalog, type Catalog, type Catalogs } from "./catalogs.ts";

interface Known {
  readonly stamp: string;
  readonly catalog: Catalog;
}

/**
 * Catalogs of a folder: each `CATEGORY.json` in it, however deep. A file that is edited by hand is served anew, changed
 * at the second its file was.
 */
export function createFolderCatalogs(folder: string): Catalogs {
  const known = new Map<string, Known>();
  /** What the API was told of a file's time, until the file changes. */
  const times = new Map<string, Known["catalog"]["lastUpdated"]>();

  async function files(): Promise<ReadonlyMap<string, string>> {
    const all = await readdir(folder, { recursive: true });
    const json = all.filter((path) => path.endsWith(".json") && !basename(path).startsWith("."));
    return new Map(json.map((path) => [basename(path, ".json"), join(folder, path)]));
  }

  return {
    categories: async () => [...(await files()).keys()].toSorted(),
    async read(category) {
      const path = (await files()).get(category);
      if (path === undefined) return undefined;
      const { mtimeMs, size } = await stat(path);
      const stamp = `${mtimeMs} ${size}`;
      const before = known.get(category);
      if (before?.stamp === stamp) return before.catalog;
      const told = times.get(`${category} ${stamp}`);
      const catalog = createCatalog(await readFile(path), told === undefined ? Math.floor(mtimeMs / 1000) : told);
      known.set(category, { stamp, catalog });
      return catalog;
    },
    async write(category, bytes, lastUpdated) {
      const path = (await files()).get(category) ?? join(folder, `${category}.json`);
      const fresh = join(dirname(path), `.${category}.json`);
      await writeFile(fresh, bytes);
      await rename(fresh, path);
      const { mtimeMs, size } = await stat(path);
      times.set(`${category} ${mtimeMs} ${size}`, lastUpdated);
      known.delete(category);
    },
  };
}
