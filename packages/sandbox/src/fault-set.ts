/** A fault on demand: which requests it meets, and what it does to them. */
export interface PlaceableFault<Effect> {
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

export interface PlacedFault<Effect> {
  readonly id: number;
  readonly fault: PlaceableFault<Effect>;
  /** How many requests it met. */
  readonly struck: number;
}

export interface FaultSet<Effect> {
  add(fault: PlaceableFault<Effect>): PlacedFault<Effect>;
  remove(id: number): void;
  clear(): void;
  list(): readonly PlacedFault<Effect>[];
  /** The effects that strike this request, each counted. */
  take(method: string, path: string): readonly Effect[];
}

interface Placed<Effect> extends PlacedFault<Effect> {
  readonly path: RegExp;
  readonly until: number;
  seen: number;
  struck: number;
}

/** Faults on demand, in the order they were added. */
export function createFaults<Effect>(): FaultSet<Effect> {
  const placed = new Map<number, Placed<Effect>>();
  let next = 1;
  return {
    add(fault) {
      const until = fault.forMs === undefined ? Infinity : Date.now() + fault.forMs;
      const one: Placed<Effect> = {
        id: next++,
        fault,
        path: globPattern(fault.path ?? "*"),
        until,
        seen: 0,
        struck: 0,
      };
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

function strikes<Effect>(one: Placed<Effect>, method: string, path: string): boolean {
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
