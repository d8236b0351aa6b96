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
  /** A push to the ref is refused: by a hook, with its words, or as to a protected branch. `ref` may hold `*`. */
  | {
      readonly kind: "refuse-push";
      readonly ref: string;
      readonly by: "hook" | "protection";
      readonly message?: string;
    };

export interface Fault {
  /** Default: any. */
  readonly method?: string;
  /** The path without query, `*` for anything: `/api/v3/repos/*\/pulls`. Default: any. */
  readonly path?: string;
  /** How many requests it meets; default 1. */
  readonly times?: number;
  /** How many matching requests pass first; default 0. */
  readonly skip?: number;
  readonly effect: Effect;
}

export interface Faults {
  /** Adds a fault; the answer removes it again and tells how often it struck. */
  add(fault: Fault): PlacedFault;
  /** The effects that strike this request, each counted. */
  take(method: string, path: string): readonly Effect[];
  clear(): void;
}

export interface PlacedFault {
  readonly struck: number;
  remove(): void;
}

interface Placed {
  readonly fault: Fault;
  readonly path: RegExp;
  seen: number;
  struck: number;
}

/** Faults on demand, in the order they were added. */
export function createFaults(): Faults {
  const placed = new Set<Placed>();
  return {
    add(fault) {
      const one: Placed = { fault, path: globPattern(fault.path ?? "*"), seen: 0, struck: 0 };
      placed.add(one);
      return {
        get struck() {
          return one.struck;
        },
        remove: () => void placed.delete(one),
      };
    },
    take: (method, path) => [...placed].filter((one) => strikes(one, method, path)).map((one) => one.fault.effect),
    clear: () => placed.clear(),
  };
}

function strikes(one: Placed, method: string, path: string): boolean {
  const { fault } = one;
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  if (!one.path.test(path)) return false;
  if (one.struck >= (fault.times ?? 1)) return false;
  one.seen++;
  if (one.seen <= (fault.skip ?? 0)) return false;
  one.struck++;
  return true;
}

/** A pattern where `*` stands for anything, slashes too. */
export function globPattern(glob: string): RegExp {
  const parts = glob.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`, "i");
}
