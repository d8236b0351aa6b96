import { alert, prPublished, trigger, type OutgoingEvent } from "@lockstep/shared/contracts";
import type { WorkResult } from "@lockstep/shared/runtime";
import { actOnPart } from "./act/act-on-part.ts";
import { changedCategories, totalCounts } from "./text/announcement.ts";
import { decideTarget, type DecidedPart } from "./decide/decide-target.ts";
import { describeDecision } from "./decide/describe-decision.ts";
import { findStalePath } from "./decide/find-stale-path.ts";
import { lookAtTarget, type TargetLook } from "./look/look-at-target.ts";
import { nextRecord, type BranchResult } from "./report/next-record.ts";
import type { Publishing } from "./publishing.ts";
import { reportOutcomes } from "./report/report-outcomes.ts";
import { mayRetire, retireBranches, splitByUrgency } from "./act/retire-branches.ts";

/** Looks, decides, acts and reports for one diff, under the repository's lease and cache lock (I1). */
export async function publishDiff(publishing: Publishing): Promise<WorkResult> {
  const { diff, found, context } = publishing;
  const look = await lookAtTarget(publishing);
  const stale = findStalePath(diff, look.entries, look.parts);
  if (stale !== undefined) {
    context.log.info({ path: stale, tip: look.tip }, "base moved under the diff");
    // An id of 64 digits would be too long beside the longest name of a target.
    const requestId = `${diff.target}:${look.tip.slice(0, 40)}`;
    return { events: [trigger.create({ route: diff.route, reason: "base-moved", requestId, targets: [diff.target] })] };
  }
  const decided = decideTarget(look, publishing);
  for (const { looked, decision } of decided) context.log.info({ branch: looked.name, decision }, "decided");
  if (found.route.dryRun) return { events: dryOutcomes(publishing, decided) };
  return report(publishing, look, await act(publishing, look, decided));
}

/** In an order that a death in between leaves nothing lost: what is in the way, then what is wanted, then the rest. */
async function act(
  publishing: Publishing,
  look: TargetLook,
  decided: readonly DecidedPart[],
): Promise<readonly BranchResult[]> {
  const others = mayRetire(decided) ? look.others : [];
  const { before, after } = splitByUrgency(others, decided);
  const cleared = await retireBranches(publishing, before, []);
  const parts: BranchResult[] = [];
  for (const { looked, decision } of decided)
    parts.push({ looked, part: looked, decision, acted: await actOnPart(publishing, looked, decision) });
  return [...parts, ...cleared, ...(await retireBranches(publishing, after, parts))];
}

function report(publishing: Publishing, look: TargetLook, results: readonly BranchResult[]): WorkResult {
  const { permits, record } = publishing;
  const { events, reported, opened } = reportOutcomes(publishing, results);
  const next = nextRecord(publishing, { ...look, results, opened });
  // Branches that had to stay for now are remembered as they were.
  const done = new Set(results.map(({ looked }) => looked.name));
  const waiting = Object.entries(record.branches).filter(([name]) => !done.has(name));
  const later = results.flatMap(({ decision }) => (decision.kind === "wait" ? (decision.wait.laterMs ?? []) : []));
  return {
    events: [...alerts(publishing, results), ...events],
    record: { ...next, branches: { ...Object.fromEntries(waiting), ...next.branches }, reported },
    ...(later.length > 0 ? { laterMs: Math.min(...later) } : { usedRequests: permits.requests }),
  };
}

/** One alert for each occurrence: what was alerted is in the record. */
function alerts({ diff }: Publishing, results: readonly BranchResult[]): readonly OutgoingEvent[] {
  return results.flatMap(({ looked, decision, acted }) => {
    if (decision.kind !== "hold") return [];
    const { code, cause, reason } = decision.hold;
    if (looked.recorded?.held?.code === code && looked.recorded.held.cause === cause) return [];
    const where = acted.pull === undefined ? looked.name : acted.pull.url;
    const message = `${diff.repository}, ${where}: ${reason}`.slice(0, 2000);
    const occurrence = `${looked.name}:${cause}`.slice(0, 200);
    return [alert.create({ route: diff.route, target: diff.target, code, message, cause: occurrence })];
  });
}

/** A dry run changes nothing, so nothing changed: `unchanged`, with what would have been done as the reason. */
function dryOutcomes({ diff }: Publishing, decided: readonly DecidedPart[]): readonly OutgoingEvent[] {
  return decided.map(({ looked, decision }, index) =>
    prPublished.create({
      route: diff.route,
      target: diff.target,
      action: "unchanged",
      repository: diff.repository,
      branch: looked.name,
      categories: [...changedCategories(looked.part)],
      counts: totalCounts(looked.part.changes),
      failed: [...looked.part.failed],
      reason: `dry run: ${describeDecision(decision)}`.slice(0, 2000),
      diffId: diff.diffId,
      throughSeq: diff.throughSeq,
      remaining: decided.length - 1 - index,
      warnings: [],
    }),
  );
}
