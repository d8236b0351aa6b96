import { redact } from "./secret.ts";

export interface ErrorDetails {
  /** What the person who reads it can do. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** A failure that is no bug: a stable code that docs/operations.md explains, and words without secrets (I9). */
export class SyncError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(redact(message), details.cause === undefined ? {} : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = details.hint === undefined ? undefined : redact(details.hint);
  }
}

/** May go away by itself: tried again, after `retryAfterMs` where the other side said so. */
export class TransientError extends SyncError {
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, details: ErrorDetails & { readonly retryAfterMs?: number } = {}) {
    super(code, message, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Stays until a person changes something: a dead letter at once. */
export class PermanentError extends SyncError {}

/** Nothing is wrong, it is only too early: a pause, a schedule. Waited for, never counted as an attempt. */
export class LaterError extends SyncError {
  readonly untilMs: number;

  /** `untilMs`: the instant to try again, in milliseconds since the epoch. */
  constructor(code: string, message: string, details: ErrorDetails & { readonly untilMs: number }) {
    super(code, message, details);
    this.untilMs = details.untilMs;
  }
}
