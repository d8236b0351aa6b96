import { createCatalog, serialiseCatalog, thisSecond, type Catalog, type Catalogs } from "./catalogs.ts";

export type Records = Readonly<Record<string, unknown>>;

/** Catalogs that live in memory: what tests begin with. */
export function createMemoryCatalogs(given: Readonly<Record<string, Records>>): Catalogs {
  const all = new Map<string, Catalog>(
    Object.entries(given).map(([category, records]) => [
      category,
      createCatalog(serialiseCatalog(records), thisSecond()),
    ]),
  );
  return {
    categories: () => Promise.resolve([...all.keys()].toSorted()),
    read: (category) => Promise.resolve(all.get(category)),
    write(category, bytes, lastUpdated) {
      all.set(category, createCatalog(bytes, lastUpdated));
      return Promise.resolve();
    },
  };
}
