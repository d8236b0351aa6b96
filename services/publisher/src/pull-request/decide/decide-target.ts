import type { CategoryChange } from "@lockstep/shared/contracts";
import { decideGuards, type Guard } from "./decide-guards.ts";
import { decidePullRequest, type Decision } from "./decide-pull-request.ts";
import type { LookedBranch } from "../look/look-at-branch.ts";
import type { LookedPart } from "../look/look-at-part.ts";
import type { TargetLook } from "../look/look-at-target.ts";
import { excludeEachOther } from "./name-branches.ts";
import type { Publishing } from "../publishing.ts";

export interface DecidedPart {
  readonly looked: LookedPart;
  readonly decision: Decision;
}

type Asked = Pick<Publishing, "diff" | "found" | "record" | "permits" | "now">;

/** Decides about every part of a target: first by what is seen, then by guards and limits. Pure. */
export function decideTarget(look: Pick<TargetLook, "parts" | "others">, asked: Asked): readonly DecidedPart[] {
  const openedAt = asked.record.opened.map((instant) => Date.parse(instant));
  const open = new Set(look.parts.filter(isOpen).map(({ name }) => name));
  const around: Around = { asked, look, openedAt, open };
  return look.parts.map((looked) => {
    const decision = decidePart(looked, around);
    // What is about to be opened counts for the parts that follow.
    if (decision.kind === "open" || decision.kind === "reopen") open.add(looked.name);
    if (decision.kind === "open") openedAt.push(asked.now);
    return { looked, decision };
  });
}

interface Around {
  readonly asked: Asked;
  readonly look: Pick<TargetLook, "parts" | "others">;
  readonly openedAt: number[];
  /** Branches of parts with an open pull request. */
  readonly open: Set<string>;
}

function decidePart(looked: LookedPart, around: Around): Decision {
  const { part, content, text, recorded } = looked;
  const { permits, now } = around.asked;
  const open = looked.ours.find(({ pull }) => pull.state === "open");
  const incomplete = part.failed.length > 0;
  const decision = decidePullRequest({
    ...looked,
    wanted: {
      differs: Object.keys(content.files).length > 0,
      content: content.hash,
      text: text.hash,
      incomplete,
      partsUnknown: incomplete && open !== undefined && recorded?.number !== open.pull.number,
    },
    recreate: permits.recreate,
    now,
  });
  if (!writesContent(decision)) return decision;
  const blocker = around.look.others.find((other) => isForeign(other) && excludeEachOther(other.name, looked.name));
  if (blocker !== undefined) return inTheWay(blocker, looked);
  return guarded(looked, decision, around);
}

/** A rebuild on a base that moved shows people nothing new: it passes guards and limits. */
function writesContent(decision: Decision): boolean {
  if (decision.kind === "update") return decision.push && !decision.sameContent;
  return decision.kind === "open" || decision.kind === "reopen";
}

function inTheWay({ name, branch }: LookedBranch, looked: LookedPart): Decision {
  const reason = `git cannot have ${looked.name} beside ${name}, and commit ${branch?.foreign?.slice(0, 10)} there is a person's`;
  return { kind: "hold", hold: { code: "BRANCH_TAKEN", cause: name, reason }, pull: undefined };
}

function guarded(looked: LookedPart, decision: Decision, around: Around): Decision {
  const { asked, look, open, openedAt } = around;
  const { diff, found, permits, record, now } = asked;
  const guard = decideGuards({
    kind: decision.kind === "update" ? "update" : "open",
    ownOpen: open.size > 0 || look.others.some(isOpen),
    options: found.target.pullRequest,
    changes: looked.part.changes,
    targetChanges: look.parts.flatMap(({ part }): readonly CategoryChange[] => part.changes),
    deletionsAllowed: permits.allowDeletions || record.allowed === diff.diffId,
    openOthers: [...open].filter((name) => name !== looked.name).length,
    openedAt,
    now,
  });
  const pull = looked.ours.find((one) => one.pull.state === "open")?.pull;
  return guard === undefined ? decision : { ...obey(guard, diff.diffId), pull };
}

function obey(guard: Guard, diffId: string) {
  switch (guard.kind) {
    case "needs-person": {
      const reason = `${guard.reason}; \`lockstep trigger ROUTE --allow-deletions\` lets it through`;
      return { kind: "hold", hold: { code: guard.code, cause: diffId, reason } } as const;
    }
    case "wait-for-more":
      return { kind: "wait", wait: { reason: guard.reason } } as const;
    case "too-early":
      return { kind: "wait", wait: { code: guard.code, reason: guard.reason, laterMs: guard.laterMs } } as const;
  }
}

function isOpen({ ours }: LookedBranch): boolean {
  return ours.some(({ pull }) => pull.state === "open");
}

function isForeign({ branch }: LookedBranch): boolean {
  return branch?.foreign !== undefined;
}
