import type { Route } from "@lockstep/shared/config";
import { updateApplied, type ChangeCause, type UpdateApplied } from "@lockstep/shared/contracts";
import { PermanentError, type Delivery } from "@lockstep/shared/runtime";

/**
 * Whether an installation's report moves its route's rollout: only what it did, and only the first time it says so,
 * or report and look would cause each other for ever. Pure.
 */
export function decideUpdate(
  { route, result, repeated }: Pick<UpdateApplied, "route" | "result" | "repeated">,
  routes: ReadonlyMap<string, Route>,
): Route | undefined {
  const moves = result === "applied" || result === "rolled-back" || result === "failed";
  const found = routes.get(route);
  return moves && !repeated && found?.kind === "deployment" ? found : undefined;
}

/** The cause of a look after an installation's report: the report's own sequence (I3). */
export function updateCause({ seq }: Pick<Delivery, "seq">): ChangeCause {
  return { kind: "rollout", id: `update:${seq}` };
}

/** Throws PermanentError OUTCOME_INVALID for what is no report. */
export function parseUpdate({ subject, body }: Pick<Delivery, "subject" | "body">): UpdateApplied {
  try {
    return updateApplied.parse(subject, body);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new PermanentError("OUTCOME_INVALID", `${subject} cannot be read: ${words}`, { cause: error });
  }
}
