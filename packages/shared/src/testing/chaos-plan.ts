import { seededRandom } from "./seeded-random.ts";

/** What happens when, in milliseconds from the start. */
export interface Mischief {
  readonly atMs: number;
  readonly kind: "kill" | "freeze" | "kill-server";
  readonly forMs: number;
}

export interface ChaosPlan {
  /** Batches of keys to change, one change each, in this order; evenly spread over the time. */
  readonly batches: readonly (readonly string[])[];
  readonly mischief: readonly Mischief[];
}

export interface ChaosSize {
  readonly keys: number;
  readonly changes: number;
  readonly forMs: number;
  readonly leaseMs: number;
}

const batchEveryMs = 20;

/** The same for the same seed: every key changes as often, in bursts; processes die and freeze in between. */
export function planChaos(seed: number, { keys, changes, forMs, leaseMs }: ChaosSize): ChaosPlan {
  const random = seededRandom(seed);
  const left = new Map(Array.from({ length: keys }, (_, index) => [`key-${index}`, changes]));
  const order: string[] = [];
  while (left.size > 0) {
    const key = [...left.keys()][Math.floor(random() * left.size)] ?? "";
    const count = Math.min(left.get(key) ?? 0, 1 + Math.floor(random() * 40));
    for (let index = 0; index < count; index += 1) order.push(key);
    left.set(key, (left.get(key) ?? 0) - count);
    if (left.get(key) === 0) left.delete(key);
  }
  const size = Math.ceil((order.length * batchEveryMs) / forMs);
  const batches = Array.from({ length: Math.ceil(order.length / size) }, (_, index) =>
    order.slice(index * size, (index + 1) * size),
  );
  const times = (count: number, kind: Mischief["kind"], most: number) =>
    Array.from({ length: count }, (_, index) => ({
      kind,
      atMs: (forMs * (index + 0.2 + 0.7 * random())) / count,
      forMs: most * (1.2 + 0.5 * random()),
    }));
  const mischief = [...times(6, "kill", 0), ...times(3, "freeze", leaseMs), ...times(1, "kill-server", 200)];
  return { batches, mischief: mischief.toSorted((one, other) => one.atMs - other.atMs) };
}
