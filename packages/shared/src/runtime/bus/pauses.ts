import type { Pauses } from "../pauses.ts";
import type { Bucket } from "./bucket.ts";
import { ConflictError } from "./bus-error.ts";

/** The bucket `pauses`. An entry vanishes when it is over. */
export function openPauses(bucket: Bucket): Pauses {
  const read = async (name: string) => {
    const entry = await bucket.read(name);
    const untilMs = Number(entry?.value ?? 0);
    return { revision: entry?.revision ?? 0, untilMs };
  };
  return {
    async until(name) {
      const { untilMs } = await read(name);
      return untilMs > Date.now() ? untilMs : undefined;
    },
    async pause(name, untilMs) {
      for (;;) {
        const present = await read(name);
        if (present.untilMs >= untilMs) return;
        try {
          const ttlMs = Math.max(1000, untilMs - Date.now());
          await bucket.write(name, String(untilMs), { expect: present.revision, ttlMs });
          return;
        } catch (error) {
          if (!(error instanceof ConflictError)) throw error;
        }
      }
    },
  };
}
