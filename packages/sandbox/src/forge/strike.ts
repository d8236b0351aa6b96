import { setTimeout as wait } from "node:timers/promises";
import type { Effect, RefusePush } from "./effects.ts";
import type { Answer } from "./rest/operation.ts";

/** What the faults that met a request come to. */
export interface Strike {
  readonly delayMs: number;
  /** Answered instead of the operation. */
  readonly instead: Answer | "drop" | undefined;
  /** Answered after the operation took effect. */
  readonly afterwards: Answer | "drop" | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly stale: boolean;
  readonly refusals: readonly RefusePush[];
}

/** Sums effects up; the first of a kind wins. */
export function strike(effects: readonly Effect[], now: number = Date.now()): Strike {
  let sum: Strike = { delayMs: 0, instead: undefined, afterwards: undefined, headers: {}, stale: false, refusals: [] };
  for (const effect of effects) sum = addEffect(sum, effect, now);
  return sum;
}

/** Waits as long as the faults ask, at most until the signal. */
export async function sitOut({ delayMs }: Strike, signal?: AbortSignal): Promise<void> {
  if (delayMs > 0) await wait(delayMs, undefined, signal === undefined ? {} : { signal });
}

function addEffect(sum: Strike, effect: Effect, now: number): Strike {
  switch (effect.kind) {
    case "status":
      return { ...sum, instead: sum.instead ?? statusAnswer(effect) };
    case "headers":
      return { ...sum, headers: { ...sum.headers, ...effect.headers } };
    case "delay":
      return { ...sum, delayMs: sum.delayMs + effect.ms };
    case "drop":
      return effect.when === "before"
        ? { ...sum, instead: sum.instead ?? "drop" }
        : { ...sum, afterwards: sum.afterwards ?? "drop" };
    case "bad-gateway":
      return { ...sum, afterwards: sum.afterwards ?? { status: 502, body: { message: "Server Error" } } };
    case "secondary-limit":
      return { ...sum, instead: sum.instead ?? secondaryLimit(effect) };
    case "primary-limit":
      return { ...sum, instead: sum.instead ?? primaryLimit(effect.status ?? 403, now / 1000 + effect.resetInSeconds) };
    case "stale":
      return { ...sum, stale: true };
    case "refuse-push":
      return { ...sum, refusals: [...sum.refusals, effect] };
  }
}

function statusAnswer({ status, body, headers = {} }: Effect & { kind: "status" }): Answer {
  return { status, body: body ?? { message: `Fault ${status}` }, headers };
}

const documentation_url = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api";

function secondaryLimit({ status = 403, retryAfterSeconds }: Effect & { kind: "secondary-limit" }): Answer {
  const message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
  return { status, body: { message, documentation_url }, headers: { "retry-after": String(retryAfterSeconds) } };
}

/** GitHub's answer when the hour's calls are used up; `reset` in seconds since the epoch. */
export function primaryLimit(status: 403 | 429, reset: number): Answer {
  const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Math.ceil(reset)) };
  return { status, body: { message: "API rate limit exceeded for user.", documentation_url }, headers };
}
