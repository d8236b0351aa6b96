import { TransientError } from "../errors.ts";

/** NATS did not do its part. Never counted as an attempt of the job (spec: bus, trap 15). */
export class BusError extends TransientError {
  constructor(code: string, message: string, cause: unknown) {
    super(code, message, { cause, hint: "look at nats-server: is it up, is JetStream enabled, is its disk full?" });
  }
}

/** Somebody else wrote first: what was read is no longer true. */
export class ConflictError extends TransientError {
  constructor(subject: string, cause: unknown) {
    super("BUS_CONFLICT", `${subject} was written by somebody else in the meantime`, { cause });
  }
}
