import type { ChangeCounts, CategoryChange, DiffComputed } from "@lockstep/shared/contracts";
import type { CatalogRoute, CatalogTarget } from "@lockstep/shared/config";
import type { Part } from "../decide/plan-parts.ts";

/** What title, body and commit message are made from. */
export interface Announcement {
  readonly diff: Pick<DiffComputed, "route" | "target" | "diffId" | "trigger" | "detectedAt">;
  readonly part: Part;
  /** Human name of the source. */
  readonly source: string;
  readonly target: Pick<CatalogTarget, "branch" | "targetEdits"> & {
    readonly pullRequest: Pick<CatalogTarget["pullRequest"], "title" | "commitSubject" | "noun">;
  };
  /** Categories that could not be looked at, whose part of the pull request stays as it was. */
  readonly kept: readonly string[];
}

/** Gathers what the texts of one part say. */
export function announce(
  about: { readonly diff: DiffComputed; readonly route: CatalogRoute; readonly target: CatalogTarget },
  part: Part,
  more: { readonly source?: string | undefined; readonly kept: readonly string[] },
): Announcement {
  const { diff, route, target } = about;
  return { diff, part, target, source: more.source ?? route.source.name, kept: more.kept };
}

/** The sum over categories. */
export function totalCounts(changes: readonly Pick<CategoryChange, "counts">[]): ChangeCounts {
  const total = { added: 0, removed: 0, modified: 0 };
  for (const { counts } of changes) {
    total.added += counts.added;
    total.removed += counts.removed;
    total.modified += counts.modified;
  }
  return total;
}

/** Names of the categories that change; of all, where none does. */
export function changedCategories({ changes, categories }: Part): readonly string[] {
  return changes.length === 0 ? categories : changes.map(({ category }) => category);
}
