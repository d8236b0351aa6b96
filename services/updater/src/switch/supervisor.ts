import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "@lockstep/shared/runtime";
import { AppProcess } from "../app/app-process.ts";
import { untilHealthy, type HealthCheck } from "../app/health.ts";
import type { Backend } from "../gateway/backend.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { freePort } from "./free-port.ts";
import { decideRestart } from "./restart-policy.ts";

export interface SuperviseOptions {
  readonly command: readonly string[];
  /** The port it is given unless another process holds it, or the one before still runs. */
  readonly port: number;
  readonly health: HealthCheck;
  /** From SIGTERM to SIGKILL, in ms. */
  readonly stopMs: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type AppHealth = "healthy" | "unhealthy" | "starting" | "stopped";

interface Serving {
  readonly app: AppProcess;
  readonly backend: Backend;
}

interface Surroundings {
  readonly gateway: Gateway;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** It ends again and again: a person is needed. */
  readonly onCrashLoop: (tail: string) => void;
}

/** Keeps the application running behind the gateway, one process at a time but for the overlap of a switch. */
export class Supervisor {
  readonly #options: SuperviseOptions;
  readonly #around: Surroundings;
  #serving: Serving | undefined;
  #exits: number[] = [];
  #health: AppHealth = "stopped";
  /** Set while a switch decides what runs: then an end is its business. */
  #isSwitching = false;

  constructor(options: SuperviseOptions, around: Surroundings) {
    this.#options = options;
    this.#around = around;
  }

  get health(): AppHealth {
    return this.#health;
  }

  get app(): AppProcess | undefined {
    return this.#serving?.app;
  }

  get backend(): Backend | undefined {
    return this.#serving?.backend;
  }

  /** While `work` runs nobody restarts anything. */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#isSwitching = true;
    try {
      return await work();
    } finally {
      this.#isSwitching = false;
      const { app } = this;
      if (app?.exit !== undefined) void this.#bringBack(app);
    }
  }

  /** Starts a process from the release's folder and waits until it is healthy; one that is not is stopped, and thrown. */
  async start(folder: string, env: Readonly<Record<string, string>> = {}): Promise<AppProcess> {
    const { command, port, health } = this.#options;
    const app = new AppProcess(
      { command, folder, port: await freePort(port), env: { ...this.#options.env, ...env } },
      this.#around.log,
    );
    try {
      await untilHealthy(app, health, this.#around.signal);
      return app;
    } catch (error) {
      await app.stop(this.#options.stopMs);
      throw Object.assign(error instanceof Error ? error : new Error(String(error)), { logTail: app.tail });
    }
  }

  /** Requests go to this process from now on; returns what served before. */
  serve(app: AppProcess): Serving | undefined {
    const before = this.#serving;
    this.#serving = { app, backend: this.#around.gateway.open(app.port) };
    this.#health = "healthy";
    void app.exited.then(() => this.#bringBack(app));
    return before;
  }

  /** Stops what runs and ends its connections. */
  async stop(serving: Serving | undefined = this.#serving): Promise<void> {
    if (serving === undefined) return;
    if (serving === this.#serving) {
      this.#serving = undefined;
      this.#health = "stopped";
    }
    await serving.app.stop(this.#options.stopMs);
    await this.#around.gateway.retire(serving.backend);
  }

  /** What serves now ended by itself: requests wait while it is started again. */
  async #bringBack(app: AppProcess): Promise<void> {
    const { gateway, log, signal, onCrashLoop } = this.#around;
    while (this.#serving?.app === app && !this.#isSwitching && !signal.aborted) {
      gateway.hold();
      this.#health = "starting";
      this.#exits = [...this.#exits, performance.now()].slice(-20);
      const decision = decideRestart(this.#exits);
      if (decision.kind === "crash-loop") {
        this.#health = "unhealthy";
        gateway.maintain();
        onCrashLoop(app.tail);
        return;
      }
      await pause(decision.delayMs, undefined, { signal }).catch(() => undefined);
      if (this.#serving?.app !== app || this.#isSwitching || signal.aborted) return;
      try {
        const next = await this.start(app.folder);
        if (this.#serving?.app !== app || this.#isSwitching) return await next.stop(this.#options.stopMs);
        const before = this.serve(next);
        if (before !== undefined) await gateway.retire(before.backend);
      } catch (error) {
        log.warn({ error }, "application did not come back");
      }
    }
  }
}
