import { busFailure } from "./bus-failure.ts";
import { unlessAborted, type Link } from "./link.ts";

const limitMs = 5000;

/** Something asked of the server; `what` completes "NATS could not …". */
export interface Question<Answer> {
  readonly what: string;
  readonly ask: () => Promise<Answer>;
  /** It may be asked again where the connection broke before the answer. */
  readonly repeatable: boolean;
}

/**
 * Asks when there is a connection, for which it waits five seconds at most: what is sent into none, or into one that
 * breaks, is never answered. `undefined` for a message that is not there; throws what `busFailure` throws.
 */
export async function ask<Answer>(link: Link, question: Question<Answer>): Promise<Answer | undefined> {
  const limit = AbortSignal.timeout(limitMs);
  for (;;) {
    let { lost } = link;
    try {
      await link.untilUp(limit);
      lost = link.lost;
      return await unlessAborted(lost, question.ask);
    } catch (error) {
      if (!question.repeatable || !lost.aborted || limit.aborted) return busFailure(error, question.what);
    }
  }
}
