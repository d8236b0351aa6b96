import type { DiffComputed } from "@lockstep/shared/contracts";
import type { GivenRequest } from "@lockstep/shared/runtime";

/** What people allowed for a diff. */
export interface Permits {
  readonly allowDeletions: boolean;
  readonly recreate: boolean;
  /** Sequences of the requests behind it: whoever acts on them uses them up. */
  readonly requests: readonly number[];
}

/** A request holds for content that was looked at after it, and for one content only where it names one. Pure. */
export function applyRequests(
  requests: readonly GivenRequest[],
  { throughSeq, diffId }: Pick<DiffComputed, "throughSeq" | "diffId">,
): Permits {
  const applying = requests.filter(
    ({ seq, options }) => seq < throughSeq && (options.diffId === undefined || options.diffId === diffId),
  );
  return {
    allowDeletions: applying.some(({ options }) => options.allowDeletions === true),
    recreate: applying.some(({ options }) => options.recreate === true),
    requests: applying.map(({ seq }) => seq),
  };
}
