import { z } from "zod";
import { ChangeCause } from "./change-detected.ts";
import { DiffId, Instant, RouteName, Sequence, TargetName } from "./names.ts";

/** What the diffs of every kind say alike: whose they are, and the change that they follow from. */
export const diffCause = {
  route: RouteName,
  /** The alias of a repository or destination, or an installation's id. */
  target: TargetName,
  /** The hash of the wanted content: equal content, equal id. */
  diffId: DiffId,
  /** The newest change-detected this covers. */
  throughSeq: Sequence,
  ordinal: z.int().positive(),
  revision: z.string().max(256),
  trigger: ChangeCause,
  detectedAt: Instant,
};
