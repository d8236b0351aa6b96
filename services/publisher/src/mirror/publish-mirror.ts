import { createHash } from "node:crypto";
import type { Credentials, Git } from "@lockstep/git";
import { createRefFilter, openRemote, type MirrorCache, type RefsStore } from "@lockstep/git/mirror";
import type { Config, MirrorRoute, MirrorTarget } from "@lockstep/shared/config";
import type { MirrorDiff } from "@lockstep/shared/contracts";
import { PermanentError, SyncError, type WorkHandler } from "@lockstep/shared/runtime";
import { applyRequests } from "../pull-request/decide/apply-requests.ts";
import { askAgain, waitForConfig } from "../handler.ts";
import type { Mirroring } from "./mirroring.ts";
import { mirrorRefs } from "./mirror-refs.ts";
import { readMirrorRecord, restorePresent, type MirrorRecord } from "./mirror-record.ts";
import { reportMirror } from "./report-mirror.ts";

export interface MirrorPublisher {
  /** The newest configuration: asked for each diff. */
  readonly config: () => Config;
  readonly git: Git;
  readonly github: () => Credentials | undefined;
  readonly cache: MirrorCache;
  readonly store: RefsStore;
}

/**
 * Pushes to a mirror's destination what it lacks. Does the same however often it runs for the same diff (I3): the plan
 * is made under the lease, against what the destination has.
 */
export function createMirrorPublisher(publisher: MirrorPublisher): WorkHandler<MirrorDiff> {
  const { config, store } = publisher;
  return async (diff, context) => {
    const found = findMirror(config(), diff);
    if ("differs" in found) return waitForConfig(diff, found.differs, Date.now());
    const { route, target } = found;
    if (route.lfs) throw noLfs(route);
    const { signal } = context;
    const wanted = await store.get(diff.content, signal);
    if (wanted === undefined) return askAgain(diff, "content-gone");
    const record = readMirrorRecord(context.record, scopeOf(route, target));
    const access = { git: publisher.git, github: publisher.github() };
    const source = { ...openRemote(route.source, access), identity: route.source.identity };
    const mirroring: Mirroring = {
      diff,
      route,
      target,
      filter: createRefFilter(route.refs),
      wanted: wanted.refs,
      record,
      acknowledged: await readAcknowledged(store, record, signal),
      permits: applyRequests(context.requests, diff),
      context,
      git: publisher.git,
      cache: publisher.cache,
      store,
      source,
      destination: openRemote(target, access),
    };
    try {
      return reportMirror(mirroring, await mirrorRefs(mirroring));
    } catch (error) {
      if (!(error instanceof SyncError) || error.code !== "GIT_OBJECT_GONE") throw error;
      context.log.info({ error }, "the source was rewritten meanwhile");
      return askAgain(diff, "source-rewritten");
    }
  };
}

interface FoundMirror {
  readonly route: MirrorRoute;
  readonly target: MirrorTarget;
}

function findMirror({ routes }: Config, diff: MirrorDiff): FoundMirror | { readonly differs: string } {
  const route = routes.get(diff.route);
  if (route?.kind !== "mirror") return { differs: `there is no mirror route ${diff.route}` };
  const target = route.targets.find(({ name }) => name === diff.target);
  if (target === undefined) return { differs: `route ${diff.route} has no target ${diff.target}` };
  if (target.identity === diff.repository) return { route, target };
  return { differs: `${diff.target} is ${target.identity} here, and ${diff.repository} in the diff` };
}

function scopeOf({ refs }: MirrorRoute, { identity }: MirrorTarget): string {
  const scope = [identity, refs.include, refs.exclude, refs.tags];
  return createHash("sha256").update(JSON.stringify(scope)).digest("hex").slice(0, 16);
}

async function readAcknowledged(store: RefsStore, { acknowledged }: MirrorRecord, signal: AbortSignal) {
  if (acknowledged === undefined) return undefined;
  const content = await store.get(acknowledged.content, signal);
  return content && restorePresent(content.refs, acknowledged.except);
}

function noLfs({ name }: MirrorRoute): PermanentError {
  return new PermanentError(
    "LFS_NOT_AVAILABLE",
    `the route ${name} asks for LFS objects, which this version cannot carry`,
    {
      hint: "Set lfs: false; the refs are mirrored, and LFS files stay pointers.",
    },
  );
}
