import type { Headers } from "undici";
import { PermanentError, TransientError, type SyncError } from "../runtime/errors.ts";

interface Refusal {
  readonly status: number;
  readonly url: string;
  readonly headers: Pick<Headers, "get">;
}

/** What an answer other than 200 means. Pure. */
export function statusError({ status, url, headers }: Refusal, nowMs: number): SyncError {
  const answered = `${url} answered ${status}`;
  const retryAfterMs = parseRetryAfter(headers.get("retry-after"), nowMs);
  const waiting = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (status === 429) return new TransientError("SOURCE_BUSY", `${answered}: too many requests`, waiting);
  if (status >= 500 || status === 408)
    return new TransientError("SOURCE_UNAVAILABLE", answered, { ...waiting, hint: "look at the source's own logs" });
  if (status === 401 || status === 403)
    return new PermanentError("SOURCE_REFUSED", answered, { hint: "look at source.token" });
  if (status === 422)
    return new PermanentError("SOURCE_UNKNOWN_CATEGORY", `${answered}: it does not know this category`, {
      hint: "look at source.categories and the targets' files",
    });
  if (status === 404)
    return new PermanentError("SOURCE_NOT_FOUND", `${answered}: nothing is there`, {
      hint: "look at source.url, source.paths and the categories",
    });
  return new PermanentError("SOURCE_UNEXPECTED", answered, { hint: "is source.url the API's address?" });
}

const longestMs = 3_600_000;

/** Seconds or a date (RFC 9110, 10.2.3), as milliseconds to wait; at most an hour, which a wrong clock must not exceed. */
function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(longestMs, Math.max(0, ms));
}
