import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "undici";

/** One process of the application behind the gateway, and what is on its way to it. */
export class Backend {
  readonly port: number;
  readonly pool: Pool;
  readonly #requests = new Map<object, number>();
  readonly #sockets = new Set<Socket>();

  constructor(port: number) {
    this.port = port;
    this.pool = new Pool(`http://127.0.0.1:${port}`, {
      // An upload or a stream may take as long as it likes: its two ends decide.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 4000,
      connect: { timeout: 5000 },
    });
  }

  /** Requests under way, but for those that began longer ago. */
  count(youngerThanMs = Number.POSITIVE_INFINITY): number {
    const since = performance.now() - youngerThanMs;
    return [...this.#requests.values()].filter((began) => began >= since).length;
  }

  /** Open WebSockets. */
  get sockets(): number {
    return this.#sockets.size;
  }

  begin(request: object): void {
    this.#requests.set(request, performance.now());
  }

  end(request: object): void {
    this.#requests.delete(request);
  }

  join(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
    });
  }

  /** Waits until requests are answered, and WebSockets closed if asked to; false when time was up. */
  async drain(limitMs: number, options: { readonly sockets: boolean; readonly signal: AbortSignal }): Promise<boolean> {
    const until = performance.now() + limitMs;
    const busy = () => this.#requests.size + (options.sockets ? this.#sockets.size : 0) > 0;
    while (busy() && performance.now() < until) {
      options.signal.throwIfAborted();
      await pause(Math.min(5, Math.max(1, until - performance.now())));
    }
    return !busy();
  }

  /** Ends whatever is left. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.pool.destroy();
  }
}
