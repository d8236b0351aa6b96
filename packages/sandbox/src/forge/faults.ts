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

export interface Fault {
  /** Default: any. */
  readonly method?: string;
  /** The path without query, `*` for anything: `/api/v3/repos/*\/pulls`. Default: any but the control endpoint. */
  readonly path?: string;
  /** How many requests it meets; default 1. */
  readonly times?: number | "always";
  /** How many matching requests pass first; default 0. */
  readonly skip?: number;
  /** It ends so many milliseconds after it was placed; default: never. */
  readonly forMs?: number;
  readonly effect: Effect;
}

export interface PlacedFault {
  readonly id: number;
  readonly fault: Fault;
  /** How many requests it met. */
  readonly struck: number;
}

export interface Faults {
  add(fault: Fault): PlacedFault;
  remove(id: number): void;
  clear(): void;
  list(): readonly PlacedFault[];
  /** The effects that strike this request, each counted. */
  take(method: string, path: string): readonly Effect[];
}

interface Placed extends PlacedFault {
  readonly path: RegExp;
  readonly until: number;
  seen: number;
  struck: number;
}

/** Faults on demand, in the order they were added. */
export function createFaults(): Faults {
  const placed = new Map<number, Placed>();
  let next = 1;
  return {
    add(fault) {
      const until = fault.forMs === undefined ? Infinity : Date.now() + fault.forMs;
      const one: Placed = { id: next++, fault, path: globPattern(fault.path ?? "*"), until, seen: 0, struck: 0 };
      placed.set(one.id, one);
      return one;
    },
    remove: (id) => void placed.delete(id),
    clear: () => placed.clear(),
    list: () => [...placed.values()].map(({ id, fault, struck }) => ({ id, fault, struck })),
    take: (method, path) =>
      [...placed.values()].filter((one) => strikes(one, method, path)).map((one) => one.fault.effect),
  };
}

function strikes(one: Placed, method: string, path: string): boolean {
  const { method: wanted, times = 1, skip = 0 } = one.fault;
  if (wanted !== undefined && wanted.toUpperCase() !== method) return false;
  if (!one.path.test(path) || Date.now() >= one.until) return false;
  if (times !== "always" && one.struck >= times) return false;
  one.seen++;
  if (one.seen <= skip) return false;
  one.struck++;
  return true;
}

/** A pattern where `*` stands for anything, slashes too. */
export function globPattern(glob: string): RegExp {
  const parts = glob.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`, "i");
}
