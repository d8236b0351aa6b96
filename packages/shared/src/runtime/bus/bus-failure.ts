import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import { PermanentError } from "../errors.ts";
import { BusError, ConflictError, NotProvisionedError } from "./bus-error.ts";

/** JSStreamMessageExceedsMaximumErr of nats-server. */
const tooLarge = 10_054;
export const tooLargeHint = "events carry references: content belongs into the object store";

/**
 * What the library throws, in our words; `what` completes "NATS could not …". A message that is not there is no
 * failure (`undefined`), a lost compare-and-set is a conflict, a missing stream or consumer is not provisioned.
 */
export function busFailure(error: unknown, what: string): undefined {
  const words = error instanceof Error ? error.message : String(error);
  if (!(error instanceof JetStreamApiError))
    throw new BusError("BUS_FAILED", `NATS could not ${what}: ${words}`, { cause: error });
  switch (error.code) {
    case JetStreamApiCodes.NoMessageFound:
      return undefined;
    case JetStreamApiCodes.StreamWrongLastSequence:
    case JetStreamApiCodes.StreamWrongLastSequenceUnknown:
      throw new ConflictError(what, error);
    case JetStreamApiCodes.StreamNotFound:
    case JetStreamApiCodes.ConsumerNotFound:
      throw new NotProvisionedError(`NATS could not ${what}: ${words}`, error);
    case tooLarge:
      throw new PermanentError("BUS_TOO_LARGE", `NATS could not ${what}: ${words}`, { hint: tooLargeHint });
    default:
      throw new BusError("BUS_FAILED", `NATS could not ${what}: ${words}`, { cause: error });
  }
}
