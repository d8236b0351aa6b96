import type { FaultSet, PlaceableFault } from "../fault-set.ts";

/** What a fault does to the request it meets. */
export type Effect =
  /** Answered at once; the operation does not happen. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Headers added to the true answer. */
  | { readonly kind: "headers"; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: "delay"; readonly ms: number }
  /** The connection is cut: before the operation happens, or after it did. */
  | { readonly kind: "drop"; readonly when: "before" | "after" }
  /** The operation happens, the answer is 502. */
  | { readonly kind: "bad-gateway" }
  | { readonly kind: "secondary-limit"; readonly retryAfterSeconds: number; readonly status?: 403 | 429 }
  | { readonly kind: "primary-limit"; readonly resetInSeconds: number; readonly status?: 403 | 429 }
  /** A read shows the repository as it was before the last write. */
  | { readonly kind: "stale" }
  | RefusePush;

/** A push to the ref (`*` for anything) is refused in GitHub's words for a protected branch, a hook or a ruleset. */
export interface RefusePush {
  readonly kind: "refuse-push";
  readonly ref: string;
  readonly by: "protection" | "hook" | "rules";
  /** What the hook says; default: GitHub's own words. */
  readonly message?: string;
}

export type Fault = PlaceableFault<Effect>;
export type Faults = FaultSet<Effect>;
