import type { CatalogRoute, CatalogTarget } from "@lockstep/shared/config";

/** Which refs of a target's repository are worth a look at the route. */
export interface TargetRefs {
  /** The branch that pull requests go to. */
  readonly base: string;
  /** Beginnings of the names of all that matter, and perhaps of more. */
  readonly prefixes: readonly string[];
  /** Whether a ref is named as the publisher names the branches of this target. */
  isOurs(ref: string): boolean;
}

type Named = Pick<CatalogTarget, "name" | "branch" | "files" | "pullRequest">;

const heads = "refs/heads/";

/**
 * The base branch, and the branches that the publisher pushes (spec: pull-request, Which branch): `sync/<route>`, with
 * the target's alias where two share a repository, and below them one for each category; in the mode `replace` also
 * `sync/<category>/<time>`. Whether a branch is really ours the publisher finds out: a look too many does no harm. Pure.
 */
export function targetRefs({ name }: Pick<CatalogRoute, "name">, target: Named): TargetRefs {
  const stems = [`${heads}sync/${name}`, `${heads}sync/${name}_${target.name}`];
  const replaces = target.pullRequest.mode === "replace";
  const categories = new Set(["multi-category", ...target.files.map(({ category }) => spelled(category))]);
  const isNamedByTime = (ref: string) => {
    const category = /^refs\/heads\/sync\/([^/]+)\/\d{8}-\d{6}(-\d+)?$/.exec(ref)?.[1];
    return category !== undefined && categories.has(spelled(category));
  };
  return {
    base: heads + target.branch,
    prefixes: [heads + target.branch, replaces ? `${heads}sync/` : `${heads}sync/${name}`],
    isOurs: (ref) =>
      stems.some((stem) => ref === stem || ref.startsWith(`${stem}/`)) || (replaces && isNamedByTime(ref)),
  };
}

/** Git forbids some dots in a branch's name, for which hyphens stand there. */
function spelled(category: string): string {
  return category.replaceAll(".", "-");
}

/** Of a repository's refs those that matter. Pure. */
export function onlyThatMatter(
  refs: ReadonlyMap<string, string>,
  wanted: TargetRefs,
): Readonly<Record<string, string>> {
  return Object.fromEntries([...refs].filter(([ref]) => ref === wanted.base || wanted.isOurs(ref)));
}
