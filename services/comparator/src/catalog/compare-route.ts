import type { CatalogSource } from "@lockstep/shared/catalog-source";
import type { CatalogFile, CatalogRoute, CatalogTarget } from "@lockstep/shared/config";
import { PermanentError, SyncError } from "@lockstep/shared/errors";
import type { Baseline, Baselines } from "./baselines.ts";
import { compareCategory, type CategoryComparison, type CategoryQuestion } from "./compare-category.ts";
import type { TargetFile, TargetFiles, TargetLook } from "./target-files.ts";

/** One file of a target beside its category: what it becomes, or why that could not be worked out. */
export interface FileComparison {
  readonly file: CatalogFile;
  readonly present: TargetFile | null;
  readonly result: CategoryComparison | SyncError;
}

/** A target beside the source, or why it could not be looked at. */
export type TargetComparison = { readonly target: CatalogTarget } & (
  | { readonly kind: "compared"; readonly tip: string; readonly files: readonly FileComparison[] }
  | { readonly kind: "failed"; readonly error: SyncError }
);

export interface CompareSurroundings {
  readonly source: CatalogSource;
  readonly targets: TargetFiles;
  readonly baselines: Baselines;
}

type Categories = ReadonlyMap<string, Uint8Array | SyncError>;

/**
 * Reads every category of the source once and each target's files, and compares them. What fails is a result
 * of its own: a category or a target that cannot be read leaves the others alone (I10).
 */
export async function compareRoute(
  route: CatalogRoute,
  { source, targets, baselines }: CompareSurroundings,
  signal: AbortSignal,
): Promise<readonly TargetComparison[]> {
  const reading = readCategories(source, route.source.categories, signal);
  return Promise.all(
    route.targets.map(async (target): Promise<TargetComparison> => {
      const baseline = await baselines.read(route.name, target.name);
      const merged = Object.values(baseline).map(({ blob }) => blob);
      const look = await orError(targets.read({ target, blobs: merged }, signal));
      const categories = await reading;
      if (look instanceof SyncError) return { target, kind: "failed", error: look };
      const files = target.files.map((file): FileComparison => {
        const present = look.files.get(file.path) ?? null;
        const base = mergedBase(baseline[file.path], look);
        return { file, present, result: compareFile({ target, file, present, base }, categories) };
      });
      return { target, kind: "compared", tip: look.tip, files };
    }),
  );
}

async function readCategories(
  source: CatalogSource,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Categories> {
  const contents = new Map<string, Uint8Array | SyncError>();
  for (const name of names) {
    const answer = await orError(source.category(name, signal));
    if (answer instanceof SyncError) contents.set(name, answer);
    else if (answer.kind === "content") contents.set(name, answer.bytes);
  }
  return contents;
}

interface Compared {
  readonly target: CatalogTarget;
  readonly file: CatalogFile;
  readonly present: TargetFile | null;
  readonly base: CategoryQuestion["base"];
}

function mergedBase(merged: Baseline[string] | undefined, look: TargetLook): CategoryQuestion["base"] {
  const bytes = merged === undefined ? undefined : look.blobs.get(merged.blob);
  return bytes === undefined ? undefined : { file: bytes, kept: merged?.kept };
}

function compareFile(
  { target, file, present, base }: Compared,
  categories: Categories,
): CategoryComparison | SyncError {
  const source = categories.get(file.category);
  if (source === undefined || source instanceof SyncError)
    return source ?? new PermanentError("SOURCE_NOT_FOUND", `the source has no category ${file.category}`);
  const { order, targetEdits } = target;
  const { transform, strict } = file;
  try {
    const comparison = compareCategory({
      source,
      target: present?.bytes ?? null,
      base,
      options: { order, targetEdits, transform, strict },
    });
    return emptied(comparison, file.category) ?? comparison;
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
}

/** An empty source is never a deletion of everything, whatever a person allows (I7). */
function emptied({ baseRecords, baseCounts }: CategoryComparison, category: string): PermanentError | undefined {
  const nothingStays = baseRecords > 0 && baseCounts.removed >= baseRecords;
  if (!nothingStays || baseCounts.added + baseCounts.modified > 0) return undefined;
  return new PermanentError(
    "SOURCE_EMPTY",
    `the source serves no records for ${category}, the target has ${baseRecords}`,
    {
      hint: "if the category is really to be emptied, delete its file at the target",
    },
  );
}

async function orError<Result>(work: Promise<Result>): Promise<Result | SyncError> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
}
