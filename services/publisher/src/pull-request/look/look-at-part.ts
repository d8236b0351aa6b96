import { announce, type Announcement } from "../text/announcement.ts";
import { collisionName, knownBranch } from "../decide/choose-branches.ts";
import { lookAtBranch, type LookedBranch, type Sight } from "./look-at-branch.ts";
import { branchName } from "../decide/name-branches.ts";
import { partContent, type PartContent } from "../decide/part-content.ts";
import type { Part } from "../decide/plan-parts.ts";
import { pullRequestText, type PullRequestText } from "../text/pull-request-text.ts";
import { isCurrent, writeOnce, type LazyCommit } from "../act/write-once.ts";

/** A part of a diff with all that its decision needs. */
export interface LookedPart extends LookedBranch {
  readonly part: Part;
  readonly content: PartContent;
  readonly announcement: Announcement;
  readonly text: PullRequestText;
  readonly write: LazyCommit;
}

/** Works out what a part wants, and looks at the branch that carries it or will. */
export async function lookAtPart(part: Part, sight: Sight): Promise<LookedPart> {
  const { publishing, seen, entries, fetched } = sight;
  const { record, loaded, found, diff, repository } = publishing;
  const known = knownBranch(part, publishing, seen.open);
  const recorded = known === undefined ? undefined : record.branches[known];
  const content = partContent(part, { tip: fetched.base, entries, bytes: loaded.bytes, recorded });
  const announcement = announce({ diff, ...found }, part, { source: loaded.content?.sourceName, kept: content.kept });
  const write = writeOnce(publishing, { tip: fetched.base, content, announcement });
  const looked = await chooseBranch({ part, known, content }, sight);
  const expected = { tip: fetched.base, content, recorded: looked.recorded, write };
  const branch = looked.branch && { ...looked.branch, current: await isCurrent(repository, looked.branch, expected) };
  return { ...looked, branch, part, content, announcement, text: pullRequestText(announcement, content.hash), write };
}

interface Carried {
  readonly part: Part;
  readonly known: string | undefined;
  readonly content: PartContent;
}

/** With stable names there is no choice. Else a change of content gets a name of its own time (spec: `mode: replace`). */
async function chooseBranch({ part, known, content }: Carried, sight: Sight): Promise<LookedBranch> {
  const { naming, context } = sight.publishing;
  const fresh = branchName(part, naming);
  if (naming.mode === "update") return lookAtBranch(fresh, sight);
  if (known !== undefined) {
    const carrying = await lookAtBranch(known, sight);
    const carried = carrying.ours[0]?.content ?? carrying.recorded?.content;
    if (carried === content.hash || Object.keys(content.files).length === 0) return carrying;
  }
  const there = await lookAtBranch(fresh, sight);
  const taken = there.stranger !== undefined || there.branch?.foreign !== undefined;
  return taken ? lookAtBranch(collisionName(fresh, context.seq), sight) : there;
}
