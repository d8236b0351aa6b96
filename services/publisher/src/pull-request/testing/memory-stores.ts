import { createHash } from "node:crypto";
import type { ContentStore, Pauses } from "@lockstep/shared/runtime";

/** The object store as a map. */
export function memoryContent(): ContentStore & { forget(): void } {
  const all = new Map<string, Uint8Array>();
  return {
    put(bytes) {
      const name = createHash("sha256").update(bytes).digest("hex");
      all.set(name, bytes);
      return Promise.resolve(name);
    },
    get: (name) => Promise.resolve(all.get(name)),
    forget: () => all.clear(),
  };
}

/** The bucket `pauses` as a map; shared by what would be replicas. */
export function memoryPauses(): Pauses & { readonly all: Map<string, number> } {
  const all = new Map<string, number>();
  return {
    all,
    until(name) {
      const untilMs = all.get(name);
      return Promise.resolve(untilMs !== undefined && untilMs > Date.now() ? untilMs : undefined);
    },
    pause(name, untilMs) {
      all.set(name, Math.max(untilMs, all.get(name) ?? 0));
      return Promise.resolve();
    },
  };
}
