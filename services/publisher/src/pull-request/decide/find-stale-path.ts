import type { DiffComputed } from "@lockstep/shared/contracts";
import { failedPaths, type Part } from "./plan-parts.ts";
import type { PartContent } from "./part-content.ts";

/** A path whose blob at the base is neither what the diff was computed against nor what it wants there. */
export function findStalePath(
  diff: Pick<DiffComputed, "computedAgainst">,
  entries: ReadonlyMap<string, string>,
  parts: readonly { readonly part: Part; readonly content: PartContent }[],
): string | undefined {
  const against = new Map(Object.entries(diff.computedAgainst.files));
  for (const { part } of parts) {
    for (const { path, baseBlob } of part.changes) if (!against.has(path)) against.set(path, baseBlob);
    // Nothing was computed for what failed.
    for (const path of failedPaths(part)) against.delete(path);
  }
  // What is in `files` still differs from the base; a change that is not there has arrived already.
  const wanted = new Set(parts.flatMap(({ content }) => Object.keys(content.files)));
  const arrived = new Set(
    parts.flatMap(({ part }) => part.changes.map(({ path }) => path)).filter((path) => !wanted.has(path)),
  );
  for (const [path, blob] of against) if (!arrived.has(path) && (entries.get(path) ?? null) !== blob) return path;
  return undefined;
}
