import { changedCategories, totalCounts, type Announcement } from "./announcement.ts";
import { fillTemplate } from "./fill-template.ts";
import { commitLine } from "./foreign-text.ts";

/** GitHub takes 256 characters. */
const longest = 240;

/** `Sync <route>: +3 −1 ~2`, or the target's own template. */
export function pullRequestTitle(announcement: Announcement): string {
  const { diff, part, source, target } = announcement;
  const { category } = part;
  const usual = category === undefined ? "Sync {route}: {counts}" : "Sync {route} ({category}): {counts}";
  const counts = totalCounts(part.changes);
  const text = fillTemplate(target.pullRequest.title ?? usual, {
    ...counts,
    counts: `+${counts.added} −${counts.removed} ~${counts.modified}`,
    route: diff.route,
    target: diff.target,
    source,
    category: category ?? changedCategories(part).join(", "),
    categories: changedCategories(part).join(", "),
  });
  return commitLine(text.trim(), longest) || `Sync ${diff.route}`;
}
