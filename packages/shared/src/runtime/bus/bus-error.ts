import { TransientError, type ErrorDetails } from "../errors.ts";

/** NATS did not do its part. Never counted as an attempt of the job (spec: bus, trap 15). */
export class BusError extends TransientError {
  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(code, message, {
      hint: "look at nats-server: is it up, is JetStream enabled, is its disk full? Has `lockstep provision` run?",
      ...details,
    });
  }
}

/** Somebody else wrote first: what was read is no longer true. */
export class ConflictError extends TransientError {
  /** `what`: "write …", "publish to …". */
  constructor(what: string, cause: unknown) {
    super("BUS_CONFLICT", `NATS did not ${what}: somebody else wrote there in the meantime`, { cause });
  }
}

/** A stream, bucket or consumer is missing. */
export class NotProvisionedError extends BusError {
  constructor(message: string, cause?: unknown) {
    super("BUS_NOT_PROVISIONED", message, { hint: "run `lockstep provision`", cause });
  }
}
