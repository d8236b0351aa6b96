import { EditRefusedError, serialiseCatalog, thisSecond, type Catalogs } from "./catalogs.ts";
import type { Records } from "./memory-catalogs.ts";

/** Edits of records, one at a time: each is a change at the second it happens. */
export interface CatalogEditor {
  categories(): Promise<readonly string[]>;
  /** Undefined where there is no such category. */
  records(category: string): Promise<Records | undefined>;
  /** Adds or replaces a record; a category that is not there yet is made. */
  setRecord(category: string, name: string, record: unknown): Promise<void>;
  /** The same from JSON text. Throws EditRefusedError. */
  setRecordText(category: string, name: string, text: string): Promise<void>;
  /** Deleting what is not there changes nothing. */
  deleteRecord(category: string, name: string): Promise<void>;
  /** Replaces a category: by records, or by the very bytes to serve, which may be anything. */
  replaceAll(category: string, content: Records | Buffer | string): Promise<void>;
  /** What metadata says from now until the next edit, in seconds; null: not known. */
  setLastUpdated(category: string, seconds: number | null): Promise<void>;
}

export function createCatalogEditor(catalogs: Catalogs): CatalogEditor {
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = async (edit: () => Promise<void>) => {
    const mine = turn.then(edit);
    turn = mine.catch(() => undefined);
    await mine;
  };
  const records = async (category: string) => {
    const catalog = await catalogs.read(category);
    return catalog === undefined ? undefined : (JSON.parse(catalog.bytes.toString("utf8")) as Records);
  };
  const change = (category: string, edit: (before: Records) => Records) =>
    inTurn(async () => {
      const before = (await records(category)) ?? {};
      const after = edit(before);
      if (after !== before) await catalogs.write(category, serialiseCatalog(after), thisSecond());
    });
  return {
    categories: () => catalogs.categories(),
    records,
    setRecord: (category, name, record) => change(category, (before) => ({ ...before, [name]: record })),
    async setRecordText(category, name, text) {
      const record = parseRecord(name, text);
      await change(category, (before) => ({ ...before, [name]: record }));
    },
    deleteRecord: (category, name) =>
      change(category, (before) => {
        if (!(name in before)) return before;
        return Object.fromEntries(Object.entries(before).filter(([one]) => one !== name));
      }),
    replaceAll: (category, content) =>
      inTurn(async () => {
        const isText = typeof content === "string" || Buffer.isBuffer(content);
        await catalogs.write(category, isText ? Buffer.from(content) : serialiseCatalog(content), thisSecond());
      }),
    setLastUpdated: (category, seconds) =>
      inTurn(async () => {
        const catalog = await catalogs.read(category);
        if (catalog === undefined) throw new Error(`there is no category ${category}`);
        await catalogs.write(category, catalog.bytes, seconds);
      }),
  };
}

function parseRecord(name: string, text: string): unknown {
  if (name === "") throw new EditRefusedError("A record needs a name.");
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (error) {
    throw new EditRefusedError(`This is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const isObject = typeof record === "object" && record !== null && !Array.isArray(record);
  if (!isObject) throw new EditRefusedError("A record is a JSON object: { … }.");
  return record;
}
