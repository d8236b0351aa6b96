import { LaterError, PermanentError, TransientError, type SyncError } from "@lockstep/shared/runtime";

/** A call that GitHub refused, or did not answer. */
export interface RefusedCall {
  /** `POST /repos/acme/db/pulls`. */
  readonly call: string;
  /** Undefined where no answer came. */
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  /** GitHub's words, or the network's. */
  readonly words: string;
  readonly now: number;
  readonly cause: unknown;
}

/**
 * What a refusal means, by https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api and
 * …/rate-limits-for-the-rest-api. Pure; the only place that reads GitHub's statuses.
 */
export function githubError(refused: RefusedCall): SyncError {
  const { status, call, words, headers, cause } = refused;
  const message = `GitHub answered ${status} to ${call}: ${shorten(words)}`;
  if (status === undefined)
    return new TransientError("GITHUB_UNREACHABLE", `GitHub did not answer ${call}: ${shorten(words)}`, {
      hint: "Check github.apiUrl, the network and any proxy.",
      cause,
    });
  const untilMs = limitedUntil(refused);
  if (untilMs !== undefined)
    return new LaterError("GITHUB_RATE_LIMITED", message, {
      untilMs,
      hint: "Nothing to do: every replica waits until the time that GitHub named.",
      cause,
    });
  if (status >= 500) {
    const seconds = Number(headers["retry-after"]);
    return new TransientError("GITHUB_UNAVAILABLE", message, {
      hint: "GitHub's side; it is tried again. https://www.githubstatus.com tells more.",
      cause,
      ...(seconds > 0 && { retryAfterMs: seconds * 1000 }),
    });
  }
  const [code, hint] = permanent[status] ?? ["GITHUB_REFUSED", "GitHub's own words say why."];
  return new PermanentError(code, message, { hint, cause });
}

const permanent: Readonly<Record<number, readonly [string, string]>> = {
  401: ["GITHUB_AUTH_FAILED", "Check github.token or github.app: it may be wrong, expired or withdrawn."],
  403: [
    "GITHUB_FORBIDDEN",
    "Give the token or GitHub App write access to contents and pull requests; an archived repository takes nothing.",
  ],
  404: [
    "GITHUB_NOT_FOUND",
    "Check the target's repository name, and that the token or GitHub App may see it: GitHub hides what it may not.",
  ],
};

/** Where GitHub names no time, it asks for at least a minute. */
const leastWaitMs = 60_000;

function limitedUntil({ status, headers, words, now }: RefusedCall): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const retryAfter = Number(headers["retry-after"]);
  if (retryAfter > 0) return now + retryAfter * 1000;
  const reset = Number(headers["x-ratelimit-reset"]);
  // The reset is a whole second; the next one is surely after it.
  if (String(headers["x-ratelimit-remaining"]) === "0" && reset > 0) return Math.max(now, reset * 1000) + 1000;
  return status === 429 || /rate limit|abuse detection/i.test(words) ? now + leastWaitMs : undefined;
}

/** A proxy may answer with a whole page. */
function shorten(words: string): string {
  const line = words.replaceAll(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
