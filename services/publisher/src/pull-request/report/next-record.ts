import type { DiffComputed } from "@lockstep/shared/contracts";
import type { Acted } from "../act/act-on-branch.ts";
import type { Decision } from "../decide/decide-pull-request.ts";
import { endedPull } from "../decide/ended-pull.ts";
import type { LookedBranch } from "../look/look-at-branch.ts";
import type { LookedPart } from "../look/look-at-part.ts";
import { failedPaths } from "../decide/plan-parts.ts";
import type { Publishing } from "../publishing.ts";
import type { PullRequest } from "../pull-requests.ts";
import { newBranchRecord, type BranchRecord, type PublisherRecord } from "./record.ts";

/** A branch with what was decided and done. */
export interface BranchResult {
  readonly looked: LookedBranch;
  /** Absent for a branch that no part uses any more. */
  readonly part: LookedPart | undefined;
  readonly decision: Decision;
  readonly acted: Acted;
}

export interface Finished {
  readonly tip: string;
  readonly entries: ReadonlyMap<string, string>;
  readonly results: readonly BranchResult[];
  /** When pull requests were opened by this event. */
  readonly opened: readonly string[];
}

const hourMs = 3_600_000;

/** What to remember, from what is true now. Pure; `reported` is added by whoever reports. */
export function nextRecord(publishing: Publishing, finished: Finished): PublisherRecord {
  const { diff, record, permits, now } = publishing;
  const branches = finished.results.flatMap((result): [string, BranchRecord][] => {
    const next = nextBranch(result, { diff, tip: finished.tip });
    // A branch that nobody uses is remembered only as long as its pull request is open.
    const done = result.part === undefined && next?.state !== "open";
    return next === undefined || done ? [] : [[result.looked.name, next]];
  });
  const allowed = permits.allowDeletions ? diff.diffId : record.allowed;
  const opened = [...record.opened, ...finished.opened].filter((instant) => Date.parse(instant) > now - hourMs);
  return {
    version: 1,
    branches: Object.fromEntries(branches),
    baseline: nextBaseline(publishing, finished),
    opened: [...new Set(opened)],
    ...(allowed !== undefined && { allowed }),
  };
}

interface Surrounding {
  readonly diff: Pick<DiffComputed, "diffId">;
  readonly tip: string;
}

function nextBranch(result: BranchResult, { diff, tip }: Surrounding): BranchRecord | undefined {
  const { looked, decision, acted } = result;
  const { held: _, ...before } = looked.recorded ?? { ...newBranchRecord, ...categoryOf(result) };
  const comments = [...new Set([...before.comments, ...(acted.comments ?? [])])];
  switch (decision.kind) {
    case "hold":
      return {
        ...before,
        ...(acted.pull !== undefined && identify(acted.pull)),
        held: { code: decision.hold.code, cause: decision.hold.cause },
        comments,
      };
    case "wait": {
      const { code } = decision.wait;
      if (code === undefined) return looked.recorded === undefined ? undefined : before;
      return { ...before, held: { code, cause: diff.diffId } };
    }
    case "keep":
      // What cannot be looked at is left as it was known.
      if (decision.reason !== undefined) return { ...before, ...identify(decision.pull) };
      return published(result, tip);
    case "open":
    case "update":
    case "reopen":
      return published(result, tip);
    case "close":
    case "nothing":
    case "delete-branch":
      return unwanted(result);
  }
}

/** The pull request is open and contains what is wanted. */
function published(result: BranchResult, base: string): BranchRecord | undefined {
  const { looked, part, acted } = result;
  if (part === undefined || acted.pull === undefined) return looked.recorded;
  const sameNumber = looked.recorded?.number === acted.pull.number;
  return {
    ...categoryOf(result),
    ...identify(acted.pull),
    ...(acted.head !== undefined && { head: acted.head }),
    base,
    content: part.content.hash,
    text: part.text.hash,
    files: part.content.files,
    comments: sameNumber ? (looked.recorded?.comments ?? []) : [],
  };
}

/** Nothing is wanted of it: what became of the newest pull request is all there is to know. */
function unwanted(result: BranchResult): BranchRecord | undefined {
  const { looked, acted, decision } = result;
  if (acted.pull === undefined) return undefined;
  const newest = looked.ours.find(({ pull }) => pull.number === acted.pull?.number);
  const content = newest?.content ?? looked.recorded?.content;
  const byUs = decision.kind === "close" || newest?.closedByUs === true;
  return {
    ...categoryOf(result),
    ...identify(acted.pull),
    ...(content !== undefined && { content }),
    ...(acted.pull.state === "closed" && { closedBy: byUs ? "us" : "person" }),
    files: acted.pull.state === "merged" ? {} : (looked.recorded?.files ?? {}),
    comments: [],
  };
}

function identify({ number, url, state, createdAt, endedAt }: PullRequest) {
  return {
    number,
    url,
    state,
    createdAt: instant(createdAt),
    ...(endedAt !== undefined && { endedAt: instant(endedAt) }),
  };
}

function instant(text: string): string {
  return new Date(text).toISOString();
}

function categoryOf({ looked, part }: BranchResult): { category?: string } {
  const category = part?.part.category ?? looked.recorded?.category;
  return category === undefined ? {} : { category };
}

/**
 * The content last merged. Files that are as the source wants them are as good as merged; but with `targetEdits:
 * keep` they may hold records of people's, which only the merge's own `kept` tells apart.
 */
function nextBaseline(publishing: Publishing, { results, entries }: Finished): PublisherRecord["baseline"] {
  const { record, found, now } = publishing;
  const baseline = new Map(Object.entries(record.baseline));
  for (const { looked, part } of results) {
    const merged = endedPull(looked, now)?.pull.state === "merged";
    for (const [path, { wanted, kept }] of merged ? Object.entries(looked.recorded?.files ?? {}) : [])
      baseline.set(path, { blob: wanted, ...(kept !== undefined && { kept }) });
    if (part === undefined || found.target.targetEdits === "keep") continue;
    const unknown = new Set([...Object.keys(part.content.files), ...failedPaths(part.part)]);
    for (const path of Object.values(part.part.paths)) {
      const blob = entries.get(path);
      if (blob !== undefined && !unknown.has(path)) baseline.set(path, { blob });
    }
  }
  return Object.fromEntries(baseline);
}
