import type { PrPublished, RefsMirrored } from "@lockstep/shared/contracts";

import type { FleetStatus } from "./read-instances.ts";

/** What `GET /api/status` answers: routes, their targets, and where each of them stands. */
export interface Status {
  readonly connected: boolean;
  readonly routes: readonly RouteStatus[];
}

export interface RouteStatus extends FleetStatus {
  readonly name: string;
  readonly kind: string;
  readonly source: SourceStatus;
  /** Runs at this moment, of comparator and publisher. */
  readonly inFlight: number;
  /** Changes and diffs that wait for a run. */
  readonly waiting: number;
  /** The newest change-detected, absent before the first. */
  readonly change?: { readonly seq: number; readonly at: string; readonly revision: string };
  readonly targets: readonly TargetStatus[];
}

export interface SourceStatus {
  /** `unknown` before the first poll. */
  readonly state: "unknown" | "ok" | "failing" | "suspended";
  readonly lastPollAt?: string;
  readonly nextPollAt?: string;
  readonly failure?: { readonly code: string; readonly message: string; readonly count: number };
}

export interface TargetStatus {
  readonly name: string;
  readonly repository: string;
  readonly inFlight: boolean;
  readonly waiting: boolean;
  /** False while a change is known that no outcome covers yet. */
  readonly upToDate: boolean;
  readonly lastOutcome?: LastOutcome;
}

export type LastOutcome = {
  readonly at: string;
  readonly seq: number;
  readonly action: PrPublished["action"] | RefsMirrored["action"];
  /** Refs of a mirror that its destination has not got. */
  readonly lagging?: number;
} & Pick<PrPublished, "number" | "url" | "diffId" | "reason" | "throughSeq" | "failed" | "warnings">;
