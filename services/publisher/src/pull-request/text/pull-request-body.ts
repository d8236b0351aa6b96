import type { ModifiedRecord } from "@lockstep/shared/contracts";
import { totalCounts, type Announcement } from "./announcement.ts";
import { describeCategory } from "./describe-category.ts";
import { fitBlocks } from "./fit-blocks.ts";
import { codeSpan, markdownProse, plainLine } from "./foreign-text.ts";

/** GitHub takes 65,536 characters; ours are counted in UTF-16 units, which are never fewer. */
export const longestBody = 65_536;

const listedFailures = 20;

export interface BodyText {
  /** What changes only when the content does: it is what tells whether a body is up to date. */
  readonly stable: string;
  /** All of it, within the budget. */
  readonly full: string;
}

/**
 * What our part of a pull request's body says, at most `budget` characters of it: first the field-level differences
 * are cut, at a record's end, then whole categories. Pure.
 */
export function pullRequestBody(announcement: Announcement, budget: number): BodyText {
  const intro = introduce(announcement);
  const failures = describeFailures(announcement);
  const footer = "<sub>Lockstep keeps this text up to date. Write above or below it, and what you wrote stays.</sub>";
  const fixed = [intro, cause(announcement), failures, footer].join("\n\n").length + 200;
  const sections = announcement.part.changes.map((change) => describeCategory(change, announcement.target));
  const fitted = fitBlocks(sections, budget - fixed, "\n\n");
  const cut = fitted.left === 0 ? "" : `… and ${fitted.left} more categories`;
  const modified = announcement.part.changes.flatMap((change) => change.modified);
  const fields = describeFields(modified, budget - fixed - fitted.text.length);
  const join = (parts: readonly string[]) => parts.filter((part) => part !== "").join("\n\n");
  const after = [fitted.text, cut, failures, fields, footer];
  return { stable: join([intro, ...after]), full: join([intro, cause(announcement), ...after]) };
}

function introduce({ diff, part, source, target }: Announcement): string {
  const { added, removed, modified } = totalCounts(part.changes);
  const noun = markdownProse(target.pullRequest.noun);
  const counts = `**${added} added, ${removed} removed, ${modified} modified**`;
  return [
    `Brings ${codeSpan(target.branch)} in step with ${markdownProse(source)}: ${counts} ${noun}.`,
    `Route ${codeSpan(diff.route)}, target ${codeSpan(diff.target)}.`,
  ].join("\n");
}

const causes = {
  poll: "a poll saw a change",
  webhook: "a webhook announced a change",
  manual: "somebody asked",
  startup: "Lockstep started",
  upstream: "a route before this one changed",
  reconcile: "the regular look",
  rollout: "a rollout went on",
} as const;

function cause({ diff }: Announcement): string {
  const time = new Date(diff.detectedAt).toISOString().slice(0, 16).replace("T", " ");
  return `Trigger: ${causes[diff.trigger.kind]}, ${time} UTC. Content ${codeSpan(diff.diffId.slice(0, 12))}.`;
}

function describeFailures({ part, kept }: Announcement): string {
  if (part.failed.length === 0) return "";
  const lines = part.failed.slice(0, listedFailures).map(({ part: name, code, message }) => {
    const what = kept.includes(name) ? "what this pull request has of it stays" : "its file is left as it is";
    return `- ${codeSpan(name)}: ${codeSpan(code)} ${markdownProse(message)} (${what})`;
  });
  const more = part.failed.length - lines.length;
  return ["### Could not be looked at", "", ...lines, ...(more > 0 ? [`- … and ${more} more`] : [])].join("\n");
}

/** A collapsed block in the colours of a diff. Every line begins with a sign: none can end the block. */
function describeFields(records: readonly ModifiedRecord[], budget: number): string {
  const blocks = records
    .filter(({ fields }) => fields.length > 0)
    .map(({ name, fields }) => [`@@ ${plainLine(name)} @@`, ...fields.flatMap(describeField)].join("\n"));
  if (blocks.length === 0) return "";
  const frame = ["<details><summary>Fields of modified records</summary>", "```diff", "```", "</details>", ""];
  const { text, left } = fitBlocks(blocks, budget - frame.join("\n\n").length - 40, "\n");
  if (text === "") return "";
  const more = left === 0 ? "" : `\n# … and ${left} more records`;
  return `${frame[0]}\n\n${frame[1]}\n${text}${more}\n${frame[2]}\n\n${frame[3]}`;
}

function describeField({ field, before, after }: ModifiedRecord["fields"][number]): string[] {
  return [
    ...(before === undefined ? [] : [`- ${plainLine(field)}: ${plainLine(before, 300)}`]),
    ...(after === undefined ? [] : [`+ ${plainLine(field)}: ${plainLine(after, 300)}`]),
  ];
}
