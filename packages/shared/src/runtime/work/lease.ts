import { setTimeout as pause } from "node:timers/promises";
import type { Bucket } from "../bus/bucket.ts";
import { BusError, ConflictError } from "../bus/bus-error.ts";

/** The right to be the only one who acts, until it is released or its time runs out (I1). */
export interface Lease {
  readonly key: string;
  /** Fires when the lease was lost or may have been: whoever acts must stop. */
  readonly signal: AbortSignal;
  /** False also when the process was frozen past the deadline and no timer has fired yet. */
  isHeld(): boolean;
  release(): Promise<void>;
}

export interface LeaseOptions {
  readonly ttlMs: number;
  /** Who holds it, for people who look. */
  readonly holder: string;
}

/**
 * Takes the lease, or returns `undefined` if another holds it. Renewed every third of its time to live; its
 * local deadline is 0.8 of it, counted from before the last renewal was sent (spec: bus, the loop, 3).
 */
export async function takeLease(leases: Bucket, key: string, options: LeaseOptions): Promise<Lease | undefined> {
  const { ttlMs, holder } = options;
  const sentAt = performance.now();
  let revision: number;
  try {
    revision = await leases.write(key, holder, { expect: 0, ttlMs });
  } catch (error) {
    if (error instanceof ConflictError) return undefined;
    throw error;
  }
  const lost = new AbortController();
  const released = new AbortController();
  let deadline = sentAt + 0.8 * ttlMs;
  const timer = setInterval(() => {
    if (performance.now() >= deadline) lost.abort(new Error(`the lease ${key} ran out`));
  }, ttlMs / 10);
  timer.unref();

  const ended = AbortSignal.any([lost.signal, released.signal]);
  const renewing = (async () => {
    // A lease that was lost is not renewed: others wait for it to run out.
    for (let waitMs = ttlMs / 3; ;) {
      await pause(waitMs, undefined, { signal: ended, ref: false });
      const before = performance.now();
      try {
        revision = await leases.write(key, holder, { expect: revision, ttlMs });
        deadline = before + 0.8 * ttlMs;
        waitMs = ttlMs / 3;
      } catch (error) {
        // One that was refused is final; one that failed has until the deadline.
        if (!(error instanceof BusError)) throw error;
        waitMs = ttlMs / 20;
      }
    }
  })().catch((error: unknown) => {
    if (!released.signal.aborted) lost.abort(error);
  });

  return {
    key,
    signal: lost.signal,
    isHeld: () => !lost.signal.aborted && performance.now() < deadline,
    async release() {
      clearInterval(timer);
      released.abort();
      await renewing;
      if (lost.signal.aborted) return;
      // Whoever took it over in the meantime keeps it: the revision decides.
      await leases.remove(key, revision).catch((error: unknown) => {
        if (!(error instanceof ConflictError)) throw error;
      });
    },
  };
}
