import type { CategoryChange } from "@lockstep/shared/contracts";
import { changedCategories, type Announcement } from "./announcement.ts";
import { fillTemplate } from "./fill-template.ts";
import { commitLine } from "./foreign-text.ts";

const listed = 10;
const longestSubject = 200;
/** Past this many the categories are counted instead of named. */
const namedCategories = 3;

/** The commit's message without its trailer, which packages/git adds. Names are indented: none can look like one. */
export function commitMessage(announcement: Announcement): string {
  const { part, target } = announcement;
  const several = part.changes.length > 1;
  const paragraphs = part.changes.flatMap((change) => {
    const lists = describeChange(change, target.pullRequest.noun);
    return several && lists.length > 0 ? [[`${commitLine(change.category)}:`, ...lists].join("\n")] : lists;
  });
  return [subject(announcement), ...paragraphs].join("\n\n");
}

function subject({ diff, part, source, target }: Announcement): string {
  const categories = changedCategories(part);
  const names = categories.length > namedCategories ? `${categories.length} categories` : categories.join(", ");
  const template = target.pullRequest.commitSubject ?? "Sync {category} from {source} instance";
  const values = { category: names, categories: names, source, route: diff.route, target: diff.target };
  return commitLine(fillTemplate(template, values).trim(), longestSubject) || `Sync ${diff.route}`;
}

function describeChange(change: CategoryChange, noun: string): string[] {
  const { counts } = change;
  return [
    list("Added", "+", { count: counts.added, names: change.added, noun }),
    list("Removed", "-", { count: counts.removed, names: change.removed, noun }),
    list("Modified", "~", { count: counts.modified, names: change.modified.map(({ name }) => name), noun }),
  ].filter((paragraph) => paragraph !== "");
}

interface Listed {
  readonly count: number;
  readonly names: readonly string[];
  readonly noun: string;
}

function list(verb: string, sign: string, { count, names, noun }: Listed): string {
  if (count === 0) return "";
  const first = names.slice(0, listed);
  const more = count - first.length;
  return [
    `${verb} ${count} ${commitLine(noun)}:`,
    ...first.map((name) => `  ${sign} ${commitLine(name)}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ].join("\n");
}
