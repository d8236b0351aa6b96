import { isHttp } from "./http-service.ts";
import type { RefChange } from "./plan-ref-updates.ts";
import { pushByGit } from "./push-by-git.ts";
import { pushOverHttp } from "./push-over-http.ts";
import type { GitRemoteAccess } from "./remote-access.ts";

export interface PushQuestion {
  readonly remote: GitRemoteAccess;
  /** All of them at once; none stands in another's way. */
  readonly changes: readonly RefChange[];
  readonly cacheFolder: string;
  /** Objects that the destination has and the cache too. */
  readonly present: readonly string[];
}

/** What became of each ref. One that the remote refuses does not stop the others. */
export interface PushReport {
  readonly accepted: ReadonlySet<string>;
  /** Ref → the remote's reason. */
  readonly refused: ReadonlyMap<string, string>;
  /** What the remote said beside that. */
  readonly words: string;
}

/** Changes in one request: hosts give a push limited time. */
const atOnce = 5000;

/** Pushes to one destination and reads the answer ref by ref. Throws what is true of the whole push. */
export async function pushRefs(question: PushQuestion, signal: AbortSignal): Promise<PushReport> {
  const accepted = new Set<string>();
  const refused = new Map<string, string>();
  let words = "";
  for (let at = 0; at < question.changes.length; at += atOnce) {
    const part = { ...question, changes: question.changes.slice(at, at + atOnce) };
    const report = await (isHttp(question.remote.url) ? pushOverHttp(part, signal) : pushByGit(part, signal));
    for (const ref of report.accepted) accepted.add(ref);
    for (const [ref, reason] of report.refused) refused.set(ref, reason);
    words ||= report.words;
  }
  return { accepted, refused, words };
}

/** Whether a refusal says that the ref is not what it was thought to be: the destination must be read again. */
export function isStale(reason: string): boolean {
  return /stale info|fail(ed)? to (update|lock)|cannot lock|already exists|fetch first|incorrect old value|is at .* but expected/i.test(
    reason,
  );
}

/** Whether it says that objects are missing there. */
export function isIncomplete(reason: string): boolean {
  return /missing necessary objects|bad pack|unpacker error|did not send all/i.test(reason);
}
