import { once } from "node:events";

/** Holds up whoever passes until it is opened. */
export interface Gate {
  /** Resolves when the gate is opened, and rejects when the signal fires. */
  pass(signal: AbortSignal): Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  return {
    open,
    async pass(signal) {
      signal.throwIfAborted();
      await Promise.race([opened, once(signal, "abort").then(() => Promise.reject(signal.reason))]);
    },
  };
}
