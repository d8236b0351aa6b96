import { prPublished, type OutgoingEvent, type PrPublished, type PullRequestAction } from "@lockstep/shared/contracts";
import { changedCategories, totalCounts } from "../text/announcement.ts";
import { endedPull } from "../decide/ended-pull.ts";
import type { BranchResult } from "./next-record.ts";
import type { Publishing } from "../publishing.ts";
import type { PullRequest } from "../pull-requests.ts";
import type { PublisherRecord } from "./record.ts";

export interface Report {
  readonly events: readonly OutgoingEvent[];
  readonly reported: NonNullable<PublisherRecord["reported"]>;
  /** When pull requests were opened, as the forge says. */
  readonly opened: readonly string[];
}

/**
 * What is true of the target, told as the change since the last stored report (I4): whoever of us did it, and however
 * often it was tried. Each diff has at least one outcome. Pure.
 */
export function reportOutcomes(publishing: Publishing, results: readonly BranchResult[]): Report {
  const { diff, record } = publishing;
  const all = results.flatMap((result) => outcomesOf(result, publishing));
  const telling = all.filter(({ quiet }) => !quiet);
  const [first] = all;
  const outcomes = telling.length > 0 || first === undefined ? telling : [first];
  // Looked at again because it was too early before: what was said of this event is not said again.
  const said = record.reported?.throughSeq === diff.throughSeq ? record.reported.outcomes : undefined;
  const news = outcomes.filter(
    ({ branch, action }) => said === undefined || (action !== "unchanged" && !said.includes(`${branch}:${action}`)),
  );
  const names = outcomes.map(({ branch, action }) => `${branch}:${action}`);
  return {
    events: news.map((outcome, index) => createEvent(outcome, { publishing, remaining: news.length - 1 - index })),
    reported: { throughSeq: diff.throughSeq, outcomes: [...new Set([...(said ?? []), ...names])] },
    opened: outcomes.flatMap(({ action, pull }) => (action === "opened" && pull !== undefined ? [pull.createdAt] : [])),
  };
}

interface Outcome {
  readonly branch: string;
  readonly action: PullRequestAction;
  readonly result: BranchResult;
  readonly pull: PullRequest | undefined;
  readonly reason?: string | undefined;
  readonly repeated?: boolean;
  /** Nothing to say of it, unless there is nothing else to say. */
  readonly quiet?: boolean;
}

function outcomesOf(result: BranchResult, { diff, now }: Publishing): readonly Outcome[] {
  const { looked, decision, acted, part } = result;
  const about = { branch: looked.name, result, pull: acted.pull };
  const ended = endedPull(looked, now);
  const before = looked.recorded;
  switch (decision.kind) {
    case "hold": {
      const { code, cause, reason } = decision.hold;
      const repeated = before?.held?.code === code && before.held.cause === cause;
      return [...tellEnded(result, ended?.pull), { ...about, action: "held", reason, repeated }];
    }
    case "wait": {
      const { code, reason } = decision.wait;
      const repeated = before?.held?.code === code && before?.held?.cause === diff.diffId;
      const waiting: Outcome = { ...about, action: code === undefined ? "unchanged" : "held", reason, repeated };
      return [...tellEnded(result, ended?.pull), waiting];
    }
    case "close":
      return [{ ...about, action: "closed", reason: decision.reason }];
    case "reopen":
    case "keep":
    case "open":
    case "update": {
      const other = ended?.pull.number === acted.pull?.number ? undefined : ended?.pull;
      return [...tellEnded(result, other), { ...about, ...tellOpen(result) }];
    }
    case "nothing":
    case "delete-branch": {
      if (ended !== undefined) return tellEnded(result, ended.pull);
      const reason = decision.kind === "nothing" ? decision.reason : undefined;
      const idle = part === undefined || part.part.changes.length + part.part.failed.length === 0;
      return [{ ...about, action: "unchanged", reason: reason ?? "nothing differs", quiet: idle }];
    }
  }
}

function tellEnded(result: BranchResult, pull: PullRequest | undefined): readonly Outcome[] {
  if (pull === undefined) return [];
  const action = pull.state === "merged" ? "merged" : "closed";
  const byUs = result.looked.ours.some((ours) => ours.pull.number === pull.number && ours.closedByUs);
  const closed = byUs ? "it was not wanted any more" : "closed by a person: nothing until the content changes";
  const reason = action === "merged" ? undefined : closed;
  return [{ branch: result.looked.name, action, result, pull, reason }];
}

function tellOpen({ looked, decision, acted, part }: BranchResult): Pick<Outcome, "action" | "reason"> {
  const before = looked.recorded;
  const { pull } = acted;
  if (decision.kind === "reopen" && decision.pull.number === pull?.number) return { action: "reopened" };
  if (before?.number !== pull?.number) return { action: "opened" };
  if (before?.state !== "open") return { action: "reopened" };
  if (decision.kind === "keep" && decision.reason !== undefined)
    return { action: "unchanged", reason: decision.reason };
  const sameText = before.content === part?.content.hash && before.text === part?.text.hash;
  if (!sameText) return { action: "updated" };
  return before.head === acted.head
    ? { action: "unchanged" }
    : { action: "updated", reason: "the base moved: rebuilt on it" };
}

interface Telling {
  readonly publishing: Pick<Publishing, "diff">;
  readonly remaining: number;
}

function createEvent(outcome: Outcome, { publishing: { diff }, remaining }: Telling): OutgoingEvent {
  const { branch, action, result, pull, reason, repeated } = outcome;
  const { part, acted } = result;
  const data: PrPublished = {
    route: diff.route,
    target: diff.target,
    action,
    repository: diff.repository,
    branch,
    categories: [...(part === undefined ? [] : changedCategories(part.part))],
    counts: totalCounts(part?.part.changes ?? []),
    failed: [...(part?.part.failed ?? [])],
    ...(reason !== undefined && { reason: reason.slice(0, 2000) }),
    ...(repeated === true && { repeated }),
    ...(pull !== undefined && { number: pull.number, url: pull.url, head: pull.head }),
    diffId: diff.diffId,
    throughSeq: diff.throughSeq,
    remaining,
    warnings: acted.warnings.map((warning) => warning.slice(0, 500)),
  };
  return prPublished.create(data);
}
