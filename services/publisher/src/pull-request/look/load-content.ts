import { CatalogContent, type DiffComputed } from "@lockstep/shared/contracts";
import { PermanentError, type ContentStore } from "@lockstep/shared/runtime";

/** What a diff refers to. */
export interface LoadedContent {
  /** Absent where nothing changes and nothing failed. */
  readonly content: CatalogContent | undefined;
  /** Name in the store → bytes of each wanted file. */
  readonly bytes: ReadonlyMap<string, Uint8Array>;
}

/** Reads a diff's content from the object store; `undefined` when any of it is gone. */
export async function loadContent(
  store: ContentStore,
  diff: DiffComputed,
  signal: AbortSignal,
): Promise<LoadedContent | undefined> {
  if (diff.content === undefined) return { content: undefined, bytes: new Map() };
  const json = await store.get(diff.content, signal);
  if (json === undefined) return undefined;
  const content = parseContent(json, diff.content);
  const names = [...new Set(content.categories.map(({ wanted }) => wanted))];
  const files = await Promise.all(names.map(async (name) => [name, await store.get(name, signal)] as const));
  const bytes = new Map(files.flatMap(([name, file]) => (file === undefined ? [] : [[name, file] as const])));
  return bytes.size < names.length ? undefined : { content, bytes };
}

function parseContent(json: Uint8Array, name: string): CatalogContent {
  const text = Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString("utf8");
  const parsed = CatalogContent.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new PermanentError("CONTENT_UNREADABLE", `the content ${name} is none that this version reads`, {
    hint: "Update the publisher: consumers are deployed before producers.",
    cause: parsed.error,
  });
}
