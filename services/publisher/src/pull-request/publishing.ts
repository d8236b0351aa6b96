import type { Repository } from "@lockstep/git";
import type { DiffComputed } from "@lockstep/shared/contracts";
import type { WorkContext } from "@lockstep/shared/runtime";
import type { Permits } from "./decide/apply-requests.ts";
import type { FoundTarget } from "./look/find-target.ts";
import type { LoadedContent } from "./look/load-content.ts";
import type { Naming } from "./decide/name-branches.ts";
import type { PullRequests } from "./pull-requests.ts";
import type { PublisherRecord } from "./report/record.ts";

/** Who commits. */
export interface Author {
  readonly name: string;
  readonly email: string;
}

/** One diff on its way to its pull requests: what it is, what is known, and what to act with. */
export interface Publishing {
  readonly diff: DiffComputed;
  readonly found: FoundTarget;
  readonly loaded: LoadedContent;
  readonly record: PublisherRecord;
  readonly permits: Permits;
  readonly naming: Naming;
  readonly context: Pick<WorkContext, "seq" | "log">;
  readonly repository: Repository;
  readonly pulls: PullRequests;
  readonly author: Author;
  /** Milliseconds since the epoch. */
  readonly now: number;
}
