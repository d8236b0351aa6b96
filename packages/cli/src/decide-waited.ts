import {
  changeDetected,
  deadLetter,
  prPublished,
  refsMirrored,
  updateApplied,
  type PrPublished,
  type RefsMirrored,
  type UpdateApplied,
} from "@lockstep/shared/contracts";
import type { StoredMessage } from "@lockstep/shared/runtime";
import { z } from "zod";

/** What a waiter waits for: every target of a route, after a trigger. */
export interface Waited {
  readonly route: string;
  readonly targets: readonly string[];
  /** EVENTS sequence of the trigger. */
  readonly triggerSeq: number;
}

export type TargetResult =
  | { readonly kind: "outcome"; readonly outcome: PrPublished }
  | { readonly kind: "updated"; readonly outcome: UpdateApplied }
  | { readonly kind: "mirrored"; readonly outcome: RefsMirrored }
  | { readonly kind: "dead"; readonly code: string; readonly message: string };

const diffData = z.object({ throughSeq: z.number() });

/**
 * What became of each target, from the messages since the trigger: a target is answered when an outcome covers
 * the trigger's change, whatever was merged on the way, or when a service gave it up. Pure.
 */
export function decideWaited(waited: Waited, messages: readonly StoredMessage[]): ReadonlyMap<string, TargetResult> {
  const results = new Map<string, TargetResult>();
  const changeSeq = findChange(waited, messages);
  for (const message of messages) {
    const [, name, ...tokens] = message.subject.split(".");
    if (name === "pr-published" && tokens[0] === waited.route && changeSeq !== undefined) {
      const outcome = prPublished.parse(message.subject, message.body);
      if (outcome.throughSeq >= changeSeq && outcome.remaining === 0)
        results.set(outcome.target, { kind: "outcome", outcome });
    }
    if (name === "update-applied" && tokens[0] === waited.route && changeSeq !== undefined) {
      const outcome = updateApplied.parse(message.subject, message.body);
      if (outcome.throughSeq >= changeSeq) results.set(outcome.target, { kind: "updated", outcome });
    }
    if (name === "refs-mirrored" && tokens[0] === waited.route && changeSeq !== undefined) {
      const outcome = refsMirrored.parse(message.subject, message.body);
      if (outcome.throughSeq >= changeSeq) results.set(outcome.target, { kind: "mirrored", outcome });
    }
    if (name === "dead" && tokens[1] === waited.route)
      for (const target of deadTargets(waited, message, changeSeq)) {
        const { code, message: words } = deadLetter.parse(message.subject, message.body);
        if (!results.has(target)) results.set(target, { kind: "dead", code, message: words });
      }
  }
  return results;
}

function findChange({ route, triggerSeq }: Waited, messages: readonly StoredMessage[]): number | undefined {
  return messages.find(({ subject, body }) => {
    if (!subject.startsWith("lockstep.change-detected.") || subject.split(".")[3] !== route) return false;
    const { trigger } = changeDetected.parse(subject, body);
    return trigger.kind === "manual" && trigger.id === String(triggerSeq);
  })?.seq;
}

/** The targets that a dead letter is the end of. */
function deadTargets(
  waited: Waited,
  { subject, body }: StoredMessage,
  changeSeq: number | undefined,
): readonly string[] {
  const letter = deadLetter.parse(subject, body);
  if (letter.service === "watcher") return letter.seq === waited.triggerSeq ? waited.targets : [];
  if (changeSeq === undefined) return [];
  if (letter.service === "comparator") return letter.seq >= changeSeq ? waited.targets : [];
  const diff = diffData.safeParse(letter.event.data);
  const target = subject.split(".")[4];
  return target !== undefined && diff.success && diff.data.throughSeq >= changeSeq ? [target] : [];
}
