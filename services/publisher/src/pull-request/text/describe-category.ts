import type { CategoryChange } from "@lockstep/shared/contracts";
import { codeSpan, markdownProse } from "./foreign-text.ts";

const listed = 20;

/** One category in a pull request's body: counts, the first names of each list, edits at the target, faulty records. */
export function describeCategory(
  change: CategoryChange,
  { targetEdits }: { readonly targetEdits: "report" | "keep" },
): string {
  const { counts } = change;
  const signs = `+${counts.added} −${counts.removed} ~${counts.modified}`;
  const modified = change.modified.map(({ name }) => name);
  return [
    `### ${codeSpan(change.category)} in ${codeSpan(change.path)}: ${signs}`,
    list("**Added**", counts.added, change.added),
    list("**Removed**", counts.removed, change.removed),
    list("**Modified**", counts.modified, modified),
    targetOnly(change.targetOnly, targetEdits),
    overwritten(change.overwritten ?? []),
    faults(change.faults),
  ]
    .filter((paragraph) => paragraph !== "")
    .join("\n\n");
}

function list(title: string, count: number, names: readonly string[]): string {
  if (count === 0) return "";
  const lines = names.slice(0, listed).map((name) => `- ${codeSpan(name)}`);
  return [title, "", ...lines, ...andMore(count - lines.length)].join("\n");
}

function targetOnly(names: readonly string[], targetEdits: "report" | "keep"): string {
  const fate =
    targetEdits === "keep"
      ? "A person added these here, and the source does not know them. They stay."
      : "A person added these here, and the source does not know them. **They are removed**; add them at the source.";
  return edits("#### Edits made here", fate, names);
}

function overwritten(names: readonly string[]): string {
  const fate = "A person changed these here since the last merge. **The source's values replace theirs.**";
  return edits("#### Edits made here that are lost", fate, names);
}

function edits(title: string, fate: string, names: readonly string[]): string {
  return names.length === 0 ? "" : [title, "", list(fate, names.length, names)].join("\n");
}

function faults(all: CategoryChange["faults"]): string {
  if (all.length === 0) return "";
  const lines = all
    .slice(0, listed)
    .map(({ record, field, message }) => `- ${codeSpan(record)}, ${codeSpan(field)}: ${markdownProse(message)}`);
  const title = "#### Faulty records, left out";
  return [title, "", ...lines, ...andMore(all.length - lines.length)].join("\n");
}

function andMore(count: number): string[] {
  return count > 0 ? [`- … and ${count} more`] : [];
}
