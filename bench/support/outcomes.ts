import { refsMirrored, type RefsMirrored } from "@lockstep/shared/contracts";
import type { Bus } from "@lockstep/shared/runtime";

/** Follows the outcomes of mirrors from now on. */
export interface Outcomes extends Disposable {
  /** Resolves with the first outcome of the route that covers the change. */
  covering(route: string, seq: number): Promise<RefsMirrored>;
  readonly all: readonly RefsMirrored[];
}

const limitMs = 120_000;

export function followOutcomes(bus: Bus, from = 1): Outcomes {
  const stop = new AbortController();
  const all: RefsMirrored[] = [];
  const waiting = new Set<() => void>();
  const following = (async () => {
    for await (const message of bus.tail("EVENTS", {
      subjects: [refsMirrored.everySubject],
      from,
      signal: stop.signal,
    })) {
      all.push(refsMirrored.parse(message.subject, message.body));
      for (const look of waiting) look();
    }
  })();
  following.catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  return {
    all,
    async covering(route, seq) {
      const { promise, resolve, reject } = Promise.withResolvers<RefsMirrored>();
      const timer = setTimeout(() => reject(new Error(`${route}: no outcome for ${seq}`)), limitMs);
      const look = () => {
        const found = all.find((outcome) => outcome.route === route && outcome.throughSeq >= seq);
        if (found !== undefined) resolve(found);
      };
      waiting.add(look);
      look();
      return await promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(look);
      });
    },
    [Symbol.dispose]: () => stop.abort(),
  };
}
