import type { DeploymentRoute } from "@lockstep/shared/config";
import type { ComponentObject } from "@lockstep/shared/contracts";
import type { ManifestReading } from "./read-manifest.ts";

/** A commit of a deployment's source, as far as the comparator must know it. */
export interface ReleaseLook {
  readonly commit: string;
  readonly reading: ManifestReading;
  /** Path → what stands at the path of a configured component; absent: nothing that could be installed. */
  readonly objects: ReadonlyMap<string, ComponentObject>;
}

/** What the comparator needs of a deployment's source. */
export interface Releases {
  /** Reads the tip of the route's branch, or another commit, without a checkout. Throws what git says. */
  read(question: ReleaseQuestion, signal: AbortSignal): Promise<ReleaseLook>;
}

interface ReleaseQuestion {
  readonly route: DeploymentRoute;
  /** Absent: the branch's tip. */
  readonly commit?: string;
}
