import { createHash } from "node:crypto";
import {
  diffComputed,
  type CatalogContent,
  type CategoryChange,
  type ChangeCounts,
  type ChangeDetected,
  type FailedPart,
  type OutgoingEvent,
} from "@lockstep/shared/contracts";
import type { CatalogRoute } from "@lockstep/shared/config";
import { SyncError } from "@lockstep/shared/errors";
import { blobId } from "./blob-id.ts";
import type { CategoryComparison } from "./compare-category.ts";
import type { FileComparison, TargetComparison } from "./compare-route.ts";

/** A file as a target should have it. */
export interface WantedFile {
  readonly blob: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

/** What is announced for a target, and the content that must be stored before. */
export interface DiffPlan {
  readonly event: (contentName: string | undefined) => OutgoingEvent;
  readonly content: CatalogContent | undefined;
  readonly files: readonly WantedFile[];
  readonly failed: readonly FailedPart[];
}

export interface DiffCause {
  readonly route: CatalogRoute;
  readonly change: ChangeDetected;
  /** EVENTS sequence of the change. */
  readonly seq: number;
}

type Compared = Extract<TargetComparison, { kind: "compared" }>;

const shownNames = 20;

/** Puts a target's comparison into the words of the contract. Pure. */
export function planDiff(compared: Compared, { route, change, seq }: DiffCause): DiffPlan {
  const { target, tip } = compared;
  const parts = compared.files.map((comparison) => ({ ...comparison, wanted: wantedFile(comparison, tip) }));
  const failed = parts.flatMap(({ file, result }) =>
    result instanceof SyncError
      ? [{ part: file.category, code: result.code, message: describe(result).slice(0, 2000) }]
      : [],
  );
  const categories = parts.flatMap(({ file, present, result, wanted }) =>
    result instanceof SyncError || wanted === undefined
      ? []
      : [categoryChange(result, { category: file.category, path: file.path, present: present?.blob ?? null, wanted })],
  );
  const identity = parts.map(({ file, present, result, wanted }) => [
    file.path,
    result instanceof SyncError ? "failed" : (wanted?.blob ?? present?.blob ?? null),
  ]);
  const data = {
    kind: change.kind,
    route: route.name,
    target: target.name,
    diffId: createHash("sha256").update(JSON.stringify(identity)).digest("hex"),
    throughSeq: seq,
    ordinal: change.ordinal,
    revision: change.revision,
    trigger: change.trigger,
    detectedAt: change.detectedAt,
    counts: sumCounts(categories),
    names: {
      added: categories.flatMap(({ added }) => added).slice(0, shownNames),
      removed: categories.flatMap(({ removed }) => removed).slice(0, shownNames),
      modified: categories.flatMap(({ modified }) => modified.map(({ name }) => name)).slice(0, shownNames),
    },
    repository: target.identity,
    computedAgainst: {
      branch: target.branch,
      tip,
      files: Object.fromEntries(compared.files.map(({ file, present }) => [file.path, present?.blob ?? null])),
    },
    failed,
  };
  const nothing = categories.length === 0 && failed.length === 0;
  return {
    event: (content) => diffComputed.create(content === undefined ? data : { ...data, content }),
    content: nothing ? undefined : { version: 1, sourceName: route.source.name, categories },
    files: parts.flatMap(({ wanted }) => wanted ?? []),
    failed,
  };
}

function wantedFile({ result }: FileComparison, tip: string): WantedFile | undefined {
  if (result instanceof SyncError || result.wanted.kind === "unchanged") return undefined;
  const { bytes } = result.wanted;
  return { blob: blobId(bytes, tip), sha256: createHash("sha256").update(bytes).digest("hex"), bytes };
}

interface Place {
  readonly category: string;
  readonly path: string;
  readonly present: string | null;
  readonly wanted: WantedFile;
}

function categoryChange(result: CategoryComparison, { category, path, present, wanted }: Place): CategoryChange {
  return {
    category,
    path,
    baseBlob: present,
    wanted: wanted.sha256,
    bytes: wanted.bytes.length,
    counts: result.counts,
    baseRecords: result.baseRecords,
    baseCounts: result.baseCounts,
    added: [...result.added],
    removed: [...result.removed],
    modified: [...result.modified],
    targetOnly: [...result.targetOnly],
    overwritten: [...result.overwritten],
    kept: { ...result.kept },
    faults: [...result.faults],
  };
}

function sumCounts(categories: readonly CategoryChange[]): ChangeCounts {
  const sum = { added: 0, removed: 0, modified: 0 };
  for (const { counts } of categories) {
    sum.added += counts.added;
    sum.removed += counts.removed;
    sum.modified += counts.modified;
  }
  return sum;
}

function describe({ message, hint }: SyncError): string {
  return hint === undefined ? message : `${message} (${hint})`;
}
