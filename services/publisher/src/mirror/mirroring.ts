import type { Git } from "@lockstep/git";
import type { GitRemoteAccess, MirrorCache, MirrorSource, RefFilter, RefsStore } from "@lockstep/git/mirror";
import type { MirrorRoute, MirrorTarget } from "@lockstep/shared/config";
import type { MirrorDiff } from "@lockstep/shared/contracts";
import type { WorkContext } from "@lockstep/shared/runtime";
import type { Permits } from "../pull-request/decide/apply-requests.ts";
import type { MirrorRecord } from "./mirror-record.ts";

type Refs = ReadonlyMap<string, string>;

/** One mirror diff on its way to its destination: what it is, what is known, and what to act with. */
export interface Mirroring {
  readonly diff: MirrorDiff;
  readonly route: MirrorRoute;
  readonly target: MirrorTarget;
  readonly filter: RefFilter;
  readonly wanted: Refs;
  readonly record: MirrorRecord;
  /** What the destination acknowledged last; undefined where nothing is known. */
  readonly acknowledged: Refs | undefined;
  readonly permits: Permits;
  readonly context: WorkContext;
  readonly git: Git;
  readonly cache: MirrorCache;
  readonly store: RefsStore;
  readonly source: MirrorSource;
  readonly destination: GitRemoteAccess;
}
