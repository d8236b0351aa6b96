import { setTimeout as pause } from "node:timers/promises";
import type { Gateway } from "../gateway/gateway.ts";

/** Requests that take longer than this are not short any more, in ms. */
const longMs = 1000;
const shortDrainMs = 5 * longMs;

/** The time for which the gateway lets nothing through, as short as can be, and its length. */
export class Closing {
  readonly #gateway: Gateway;
  #since: number | undefined;
  #closedMs = 0;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** For how long it was closed in all, in ms. */
  get closedMs(): number {
    return Math.round(this.#closedMs);
  }

  /**
   * Stops new requests and waits for those under way. To hold them, long ones are waited for first, for up to
   * `drainMs`, while others still pass: an upload must not make everybody wait.
   */
  async close(way: "hold" | "maintenance", drainMs: number, signal: AbortSignal): Promise<void> {
    const { backend } = this.#gateway;
    if (way === "hold" && backend !== undefined) {
      const until = performance.now() + drainMs;
      const hasLong = () => backend.count() > backend.count(longMs);
      while (hasLong() && performance.now() < until) await pause(20, undefined, { signal });
    }
    this.closeAtOnce(way);
    await backend?.drain(Math.min(drainMs, shortDrainMs), { sockets: false, signal });
  }

  closeAtOnce(way: "hold" | "maintenance"): void {
    if (way === "hold") this.#gateway.hold();
    else this.#gateway.maintain();
    this.#since ??= performance.now();
  }

  opened(): void {
    if (this.#since !== undefined) this.#closedMs += performance.now() - this.#since;
    this.#since = undefined;
  }
}
