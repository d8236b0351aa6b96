import type { Repository, WrittenCommit } from "@lockstep/git";
import { allEnded } from "./all-ended.ts";
import type { Announcement } from "../text/announcement.ts";
import { commitMessage } from "../text/commit-message.ts";
import type { SeenBranch } from "../decide/decide-pull-request.ts";
import type { PartContent } from "../decide/part-content.ts";
import type { Publishing } from "../publishing.ts";
import type { BranchRecord } from "../report/record.ts";

/** A commit that may be wanted: written when first asked for, and then never again. */
export type LazyCommit = () => Promise<WrittenCommit>;

export interface WantedCommit {
  readonly tip: string;
  readonly content: PartContent;
  readonly announcement: Announcement;
}

/** The commit "base's tip with our files". Its dates are the cause's: a retry writes the same commit (I3). */
export function writeOnce(publishing: Publishing, { tip, content, announcement }: WantedCommit): LazyCommit {
  const { repository, loaded, diff, author } = publishing;
  let written: Promise<WrittenCommit> | undefined;
  return () => (written ??= write());

  async function write(): Promise<WrittenCommit> {
    const files = await allEnded(
      Object.entries(content.files).map(async ([path, file]) => ({
        path,
        content: loaded.bytes.get(file.content) ?? (await repository.readBlob(file.wanted)),
      })),
    );
    const person = { ...author, date: new Date(diff.detectedAt) };
    return repository.writeCommit({ base: tip, files, message: commitMessage(announcement), author: person });
  }
}

export interface Expected {
  readonly tip: string;
  readonly content: PartContent;
  readonly recorded: BranchRecord | undefined;
  readonly write: LazyCommit;
}

/** Whether a branch is what we would push: the wanted tree, on the base's tip. The record answers without git. */
export async function isCurrent(
  repository: Repository,
  { head, foreign }: SeenBranch,
  { tip, content, recorded, write }: Expected,
): Promise<boolean> {
  if (foreign !== undefined || Object.keys(content.files).length === 0) return false;
  if (recorded?.head === head && recorded.base === tip && recorded.content === content.hash) return true;
  const written = await write();
  if (written.commit === head) return true;
  const [only, ...more] = await repository.listCommits(tip, head);
  if (only === undefined || more.length > 0) return false;
  return only.tree === written.tree && only.parents.length === 1 && only.parents[0] === tip;
}
