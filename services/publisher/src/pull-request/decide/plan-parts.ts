import type { CatalogTarget } from "@lockstep/shared/config";
import type { CatalogContent, CategoryChange, DiffComputed, FailedPart } from "@lockstep/shared/contracts";

/** What goes into one pull request: all categories of a target, or one of them. */
export interface Part {
  /** Absent where all categories share a pull request. */
  readonly category?: string;
  /** Every category that this part is for, changed or not. */
  readonly categories: readonly string[];
  /** Category → path of its file. */
  readonly paths: Readonly<Record<string, string>>;
  readonly changes: readonly CategoryChange[];
  readonly failed: readonly FailedPart[];
}

/** Splits a diff into what each pull request carries: one part if `batch` is on, else one for each category. Pure. */
export function planParts(
  diff: Pick<DiffComputed, "failed">,
  target: Pick<CatalogTarget, "files" | "batch">,
  content: CatalogContent | undefined,
): readonly Part[] {
  const changes = content?.categories ?? [];
  const configured = target.files.map(({ category, path }) => [category, path] as const);
  const changed = changes.map(({ category, path }) => [category, path] as const);
  // What the diff says wins: the comparator may have read a newer file than we did.
  const paths = Object.fromEntries([...configured, ...changed]);
  const categories = Object.keys(paths);
  if (target.batch) return [{ categories, paths, changes, failed: diff.failed }];
  return categories.map((category) => ({
    category,
    categories: [category],
    paths: { [category]: paths[category] ?? "" },
    changes: changes.filter((change) => change.category === category),
    // A failure that is no category's concerns them all.
    failed: diff.failed.filter(({ part }) => part === category || !categories.includes(part)),
  }));
}

/** Paths of the categories that could not be looked at. */
export function failedPaths({ failed, categories, paths }: Part): readonly string[] {
  const whole = failed.some(({ part }) => !categories.includes(part));
  const changed = (category: string) => failed.some(({ part }) => part === category);
  return categories.filter((category) => whole || changed(category)).map((category) => paths[category] ?? "");
}
