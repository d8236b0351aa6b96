export interface RateLimitState {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Seconds since the epoch. */
  readonly reset: number;
}

export interface RateLimits {
  /** Counts a call of the token. */
  count(key: string): void;
  of(key: string): RateLimitState;
}

const hourMs = 3_600_000;

/** Calls an hour for each token, counted as GitHub counts them. */
export function createRateLimits(limit: number): RateLimits {
  const windows = new Map<string, { used: number; end: number }>();
  const window = (key: string) => {
    const known = windows.get(key);
    if (known !== undefined && known.end > Date.now()) return known;
    const fresh = { used: 0, end: Date.now() + hourMs };
    windows.set(key, fresh);
    return fresh;
  };
  return {
    count: (key) => void window(key).used++,
    of(key) {
      const { used, end } = window(key);
      return { limit, used: Math.min(used, limit), remaining: Math.max(0, limit - used), reset: Math.ceil(end / 1000) };
    },
  };
}

/** The headers of every API answer. */
export function rateLimitHeaders({ limit, used, remaining, reset }: RateLimitState): Record<string, string> {
  return {
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": String(reset),
    "x-ratelimit-used": String(used),
    "x-ratelimit-resource": "core",
  };
}
