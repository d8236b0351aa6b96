import { TransientError, type ErrorDetails } from "../errors.ts";

/** NATS did not do its part. Never counted as an attempt of the job (spec: bus, trap 15). */
export class BusError extends TransientError {
  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(code, message, {
      hint: "look at nats-server: is it up, is JetStream enabled, is its disk full?",
      ...details,
    });
  }
}

/** Somebody else wrote first: what was read is no longer true. */
export class ConflictError extends TransientError {
  constructor(subject: string, cause: unknown) {
    super("BUS_CONFLICT", `${subject} was written by somebody else in the meantime`, { cause });
  }
}

/** A stream, bucket or consumer is missing. */
export class NotProvisionedError extends BusError {
  constructor(what: string) {
    super("BUS_NOT_PROVISIONED", `${what} does not exist on this NATS`, { hint: "run `lockstep provision`" });
  }
}
