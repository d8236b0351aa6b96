import { createHash } from "node:crypto";

export interface Catalog {
  /** Served as they are. */
  readonly bytes: Buffer;
  /** Seconds since the epoch; null: not known. */
  readonly lastUpdated: number | null;
  /** Strong, of the bytes. */
  readonly etag: string;
}

/** An edit that cannot be: what was typed is no record, or the catalogs are not for editing. The message says why. */
export class EditRefusedError extends Error {}

/** Where the source's catalogs come from. */
export interface Catalogs {
  categories(): Promise<readonly string[]>;
  /** Undefined where there is no such category. */
  read(category: string): Promise<Catalog | undefined>;
  /** Replaces a category, as changed at that second. Throws EditRefusedError where that cannot be. */
  write(category: string, bytes: Buffer, lastUpdated: number | null): Promise<void>;
}

export function createCatalog(bytes: Buffer, lastUpdated: number | null): Catalog {
  return { bytes, lastUpdated, etag: `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"` };
}

/** What a category's text is made of here: 4 spaces and a newline at the end, as Python's `json.dump` does it. */
export function serialiseCatalog(records: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(records, undefined, 4)}\n`);
}

/** The second it is now. */
export function thisSecond(): number {
  return Math.floor(Date.now() / 1000);
}
