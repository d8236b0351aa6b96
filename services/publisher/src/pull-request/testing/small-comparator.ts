import { createHash } from "node:crypto";
import { DiffId, diffComputed, RouteName, TargetName } from "@lockstep/shared/contracts";
import type { CategoryChange, DiffComputed, FailedPart } from "@lockstep/shared/contracts";
import type { CatalogTarget } from "@lockstep/shared/config";
import type { ContentStore } from "@lockstep/shared/runtime";
import { blobId } from "../decide/blob-id.ts";

/** Records by name, of each category. `null`: it could not be looked at. */
export type Wanted = Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;

/** How a target's files are read: the forge's own. */
export interface TargetReader {
  tip(): string;
  read(path: string): Promise<Buffer | undefined>;
}

export interface Comparison {
  readonly route: string;
  readonly target: CatalogTarget;
  readonly wanted: Wanted;
  readonly seq: number;
  readonly detectedAt: string;
}

/** Writes a file of records as the real comparator writes a new one. */
export function catalogFile(records: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(`${JSON.stringify(records, undefined, 4)}\n`);
}

/** Compares as far as the publisher's tests need it, and stores the content. */
export async function compare(
  { route, target, wanted, seq, detectedAt }: Comparison,
  reader: TargetReader,
  store: ContentStore,
): Promise<DiffComputed> {
  const files: Record<string, string | null> = {};
  const changes: CategoryChange[] = [];
  const failed: FailedPart[] = [];
  for (const { category, path } of target.files) {
    const present = await reader.read(path);
    files[path] = present === undefined ? null : blobId(present, reader.tip());
    const records = wanted[category];
    if (records === null) failed.push({ part: category, code: "SOURCE_UNAVAILABLE", message: "503" });
    if (records === null || records === undefined) continue;
    const before = present === undefined ? {} : (JSON.parse(present.toString()) as Record<string, unknown>);
    const change = compareRecords(before, records);
    if (change.added.length + change.removed.length + change.modified.length === 0) continue;
    const bytes = catalogFile(records);
    const counts = { added: change.added.length, removed: change.removed.length, modified: change.modified.length };
    const rest = { baseBlob: files[path] ?? null, wanted: await store.put(bytes), bytes: bytes.length, counts };
    const base = { baseRecords: Object.keys(before).length, baseCounts: counts, targetOnly: [], faults: [] };
    changes.push({ category, path, ...rest, ...base, ...change });
  }
  const content = { version: 1, sourceName: "PRIMARY", categories: changes };
  const identity = changes.map(({ path, wanted }) => [path, wanted]);
  const nothing = changes.length + failed.length === 0;
  return diffComputed.schema.parse({
    kind: "catalog",
    route: RouteName.parse(route),
    target: TargetName.parse(target.name),
    diffId: DiffId.parse(createHash("sha256").update(JSON.stringify(identity)).digest("hex")),
    throughSeq: seq,
    ordinal: seq,
    revision: String(seq),
    trigger: { kind: "poll", id: String(seq) },
    detectedAt,
    counts: { added: 0, removed: 0, modified: 0 },
    names: { added: [], removed: [], modified: [] },
    ...(!nothing && { content: await store.put(Buffer.from(JSON.stringify(content))) }),
    repository: target.identity,
    computedAgainst: { branch: target.branch, tip: reader.tip(), files },
    failed,
  });
}

function compareRecords(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>) {
  const same = (name: string) => JSON.stringify(before[name]) === JSON.stringify(after[name]);
  return {
    added: Object.keys(after).filter((name) => !(name in before)),
    removed: Object.keys(before).filter((name) => !(name in after)),
    modified: Object.keys(after)
      .filter((name) => name in before && !same(name))
      .map((name) => ({
        name,
        fields: [{ field: "value", before: JSON.stringify(before[name]), after: JSON.stringify(after[name]) }],
      })),
  };
}
