import { PermanentError, SyncError } from "@lockstep/shared/runtime";
import type { Taken } from "./take-delivery.ts";

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** An answer to whoever delivered. */
export interface HookAnswer {
  readonly status: number;
  readonly body: Taken | Refusal;
  readonly headers?: Readonly<Record<string, string>>;
}

export const maxBytes = 25 * 1024 ** 2;

/** What is refused before anything of it was understood. */
export const refusals = {
  unsigned: {
    status: 401,
    body: {
      code: "WEBHOOK_UNSIGNED",
      message: "the delivery carries no signature, or a wrong one",
      hint: "set the same secret in the forge's webhook and in lockstep.yaml",
    },
  },
  tooLarge: { status: 413, body: { code: "WEBHOOK_TOO_LARGE", message: `a delivery has at most ${maxBytes} bytes` } },
  contentType: {
    status: 415,
    body: {
      code: "WEBHOOK_CONTENT_TYPE",
      message: "a delivery is application/json",
      hint: "set the webhook's content type to application/json",
    },
  },
  unreadable: { status: 400, body: { code: "WEBHOOK_UNREADABLE", message: "the request cannot be read" } },
} as const satisfies Record<string, HookAnswer>;

const unknown = new Set(["WEBHOOK_REPOSITORY_UNKNOWN", "WEBHOOK_ROUTE_UNKNOWN"]);
const retryAfterSeconds = "30";

/** What is answered when a delivery fails. Nothing of an error that is none of ours goes out (I9). Pure. */
export function answerFailure(error: unknown): HookAnswer {
  if (error instanceof PermanentError) {
    const { code, message, hint } = error;
    const status = unknown.has(code) ? 404 : 400;
    return { status, body: { code, message, ...(hint === undefined ? {} : { hint }) } };
  }
  const code = error instanceof SyncError ? error.code : "WEBHOOK_NOT_STORED";
  return {
    status: 503,
    body: { code, message: "the event could not be stored in time", hint: "deliver it again" },
    headers: { "retry-after": retryAfterSeconds },
  };
}
