/** Which refs a mirror carries: `refs` of its route. */
export interface RefSelection {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly tags: boolean;
}

export interface RefFilter {
  matches(name: string): boolean;
  /** What every matching name begins with: asked of a host instead of everything it has. */
  readonly prefixes: readonly string[];
}

/**
 * Refs that hosts make themselves and let nobody write: pull requests, merge requests, and what GitLab, Gerrit and
 * Azure keep for their own use.
 */
const ofHosts =
  /^refs\/(pull|merge-requests|keep-around|environments|pipelines|changes|cache-automerge|meta|for|prefetch|remotes|stash)(\/|$)/;

/** Reads patterns in which `*` stands for anything, slashes too. */
export function createRefFilter({ include, exclude, tags }: RefSelection): RefFilter {
  const included = include.map(toExpression);
  const excluded = [...exclude, ...(tags ? [] : ["refs/tags/*"])].map(toExpression);
  const prefixes = [...new Set(include.map((pattern) => pattern.split("*", 1)[0] ?? ""))];
  return {
    matches: (name) =>
      !ofHosts.test(name) &&
      included.some((expression) => expression.test(name)) &&
      !excluded.some((expression) => expression.test(name)),
    prefixes: prefixes.filter(
      (prefix) => !prefixes.some((other) => other !== prefix && prefix.startsWith(other)) && (tags || !isTags(prefix)),
    ),
  };
}

function isTags(prefix: string): boolean {
  return prefix.startsWith("refs/tags/");
}

function toExpression(pattern: string): RegExp {
  return new RegExp(`^${pattern.split("*").map(escape).join(".*")}$`, "u");
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

/** The refs that a filter lets through, in the same order. */
export function selectRefs(refs: ReadonlyMap<string, string>, filter: RefFilter): ReadonlyMap<string, string> {
  return new Map([...refs].filter(([name]) => filter.matches(name)));
}
