import type { Credentials, RepositoryCache } from "@lockstep/git";
import type { Config } from "@lockstep/shared/config";
import { alert, trigger, type DiffComputed, type RepositoryIdentity } from "@lockstep/shared/contracts";
import {
  LaterError,
  type ContentStore,
  type WorkContext,
  type WorkHandler,
  type WorkResult,
} from "@lockstep/shared/runtime";
import { applyRequests } from "./pull-request/decide/apply-requests.ts";
import { findTarget } from "./pull-request/look/find-target.ts";
import { loadContent } from "./pull-request/look/load-content.ts";
import { publishDiff } from "./pull-request/publish-diff.ts";
import type { Author } from "./pull-request/publishing.ts";
import type { Forge } from "./pull-request/pull-requests.ts";
import { emptyRecord, readRecord } from "./pull-request/report/record.ts";

export interface PublisherOptions {
  /** The newest configuration: asked for each diff. */
  readonly config: () => Config;
  readonly content: ContentStore;
  readonly forge: Forge;
  readonly repositories: RepositoryCache;
  /** For git; asked for each diff. */
  readonly credentials: () => Credentials | undefined;
  /** Default: Lockstep. */
  readonly author?: Author;
  /** Milliseconds since the epoch. Default: the clock. */
  readonly now?: () => number;
}

/** The repository that a diff writes to: its lease is the publisher's (I1). */
export function leaseOf(diff: Pick<DiffComputed, "repository">): RepositoryIdentity {
  return diff.repository;
}

const lockstep: Author = { name: "Lockstep", email: "lockstep@localhost" };

/**
 * Turns catalog diffs into pull requests. Does the same however often it runs for the same diff (I3), and reports what
 * is true of the target (I4).
 */
export function createPublisher(options: PublisherOptions): WorkHandler<DiffComputed> {
  const { config, content, forge, repositories, credentials, author = lockstep, now = Date.now } = options;
  return async (diff, context) => {
    const found = findTarget(config(), diff);
    if ("differs" in found) return waitForConfig(diff, found.differs, now());
    const { route, target, shared } = found;
    const { signal } = context;
    const pulls = forge.of(target.repository, signal);
    const [loaded] = await Promise.all([loadContent(content, diff, signal), pulls.ready()]);
    if (loaded === undefined) return askAgain(diff, "content-gone");
    const remote = { url: target.gitUrl, identity: target.identity, credentials: credentials() };
    return repositories.use(remote, signal, (repository) =>
      publishDiff({
        diff,
        found: { route, target, shared },
        loaded,
        record: recordOf(context),
        permits: applyRequests(context.requests, diff),
        naming: { mode: target.pullRequest.mode, diff, shared },
        context,
        repository,
        pulls,
        author,
        now: now(),
      }),
    );
  };
}

/** A record that cannot be read is none: everything is found again at the forge. */
function recordOf({ record, log }: WorkContext) {
  const read = readRecord(record);
  if (read === undefined) log.warn({ record }, "record unreadable, begun anew");
  return read ?? emptyRecord;
}

const configWaitMs = 30_000;
const configPatienceMs = 10 * 60_000;

/** What both kinds of diff say of themselves. */
type DiffNote = Pick<DiffComputed, "route" | "target" | "repository" | "diffId" | "detectedAt" | "throughSeq">;

/** Two services may read two versions of the file for a while; past that a person must look. The reconcile asks again. */
export function waitForConfig(diff: DiffNote, differs: string, now: number): WorkResult {
  const code = "CONFIG_DIFFERS";
  if (now - Date.parse(diff.detectedAt) < configPatienceMs)
    throw new LaterError(code, `the configuration here is another than the comparator's: ${differs}`, {
      untilMs: now + configWaitMs,
      hint: "Give all services the same lockstep.yaml.",
    });
  const message = `the publisher's configuration is another than the comparator's: ${differs}`;
  const cause = `${diff.repository}:${diff.diffId}`.slice(0, 200);
  return { events: [alert.create({ route: diff.route, target: diff.target, code, message, cause })] };
}

/** Lets the route be looked at again: what the diff refers to is not there any more. */
export function askAgain(diff: DiffNote, reason: string): WorkResult {
  const requestId = `${diff.target}:${reason}:${diff.throughSeq}`;
  return { events: [trigger.create({ route: diff.route, reason, requestId, targets: [diff.target] })] };
}
