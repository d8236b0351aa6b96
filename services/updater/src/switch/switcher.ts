import { setTimeout as pause } from "node:timers/promises";
import { SyncError, TransientError, type Log } from "@lockstep/shared/runtime";
import type { AppProcess } from "../app/app-process.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Installation } from "../store/installation.ts";
import { releaseFolder, type ReleaseRecord } from "../store/releases.ts";
import { Closing } from "./closing.ts";
import type { Supervisor } from "./supervisor.ts";

/** How a release takes the place of the one before. `files`: it is there at the next read, and nothing else happens. */
export type Way = "hold" | "overlap" | "maintenance" | "reload" | "files";

export interface SwitchOptions {
  /** For requests under way to be answered before the old process is stopped, in ms. */
  readonly drainMs: number;
  /** How long the new process must stay up before the update counts, in ms. */
  readonly settleMs: number;
  /** Tells the running application to read again. */
  readonly reload?: ((app: AppProcess | undefined, signal: AbortSignal) => Promise<void>) | undefined;
}

export type SwitchOutcome =
  | { readonly kind: "applied"; readonly downtimeMs: number }
  | { readonly kind: "rolled-back" | "failed"; readonly failure: SwitchFailure; readonly downtimeMs: number };

interface SwitchFailure {
  readonly error: SyncError;
  readonly logTail: string;
}

export interface SwitcherParts {
  readonly installation: Installation;
  readonly gateway: Gateway;
  /** Absent where no application is supervised. */
  readonly supervisor?: Supervisor | undefined;
  readonly options: SwitchOptions;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Puts a staged release in the place of the current one, or everything back as it was. */
export class Switcher {
  readonly #parts: SwitcherParts;
  #drains: readonly Promise<void>[] = [];
  #closing: Closing;

  constructor(parts: SwitcherParts) {
    this.#parts = parts;
    this.#closing = new Closing(parts.gateway);
  }

  /** Starts what `current` points at: after a crash perhaps a release that was never confirmed. */
  async begin(): Promise<SwitchOutcome | undefined> {
    const { installation, supervisor, gateway } = this.#parts;
    const release = await installation.current();
    const { open, terminal } = installation.state;
    gateway.maintain();
    if (terminal !== undefined) await installation.revive();
    if (release === undefined) return undefined;
    return this.#watched(async () => {
      try {
        if (supervisor !== undefined) await this.#startAndServe(release);
        if (open !== undefined) await installation.confirm([release.release]);
        return this.#applied();
      } catch (error) {
        return open?.switched ? this.#rollBack(error) : this.#giveUp(error);
      }
    });
  }

  /** Switches to a staged release. Never leaves less running than before without saying so. */
  async switchTo(release: ReleaseRecord, way: Way): Promise<SwitchOutcome> {
    this.#closing = new Closing(this.#parts.gateway);
    return this.#watched(async () => {
      try {
        await this.#carryOut(release, way);
      } catch (error) {
        return this.#rollBack(error);
      }
      await this.#parts.installation.confirm([release.release]);
      return this.#applied();
    });
  }

  /** A person's roll-back: the same switch, to a release that is there already. */
  async switchBack(release: ReleaseRecord, way: Way): Promise<SwitchOutcome> {
    await this.#parts.installation.beginRollBack(release, way);
    return this.switchTo(release, way);
  }

  /** Waits for the processes that still answer requests of the release before. */
  async drained(): Promise<void> {
    await Promise.all(this.#drains);
  }

  async #watched<Result>(work: () => Promise<Result>): Promise<Result> {
    const { supervisor } = this.#parts;
    return supervisor === undefined ? work() : supervisor.exclusively(work);
  }

  async #carryOut(release: ReleaseRecord, way: Way): Promise<void> {
    const { installation, supervisor, options, signal } = this.#parts;
    switch (way) {
      case "files":
        return installation.switch(release);
      case "reload":
        await installation.switch(release);
        return options.reload?.(supervisor?.app, signal);
      case "overlap":
        return this.#overlap(release);
      case "hold":
      case "maintenance":
        await this.#closing.close(way, options.drainMs, signal);
        await supervisor?.stop();
        await installation.switch(release);
        await this.#startAndServe(release);
        return this.#settle();
    }
  }

  /** The new process is healthy before anything is switched: until then a failure costs nothing. */
  async #overlap(release: ReleaseRecord): Promise<void> {
    const { installation, supervisor } = this.#parts;
    if (supervisor === undefined) return installation.switch(release);
    const app = await supervisor.start(this.#folder(release.release));
    try {
      await installation.switch(release);
    } catch (error) {
      await app.stop(0);
      throw error;
    }
    const before = supervisor.serve(app);
    try {
      await this.#settle();
    } catch (error) {
      // The process before still runs: it takes over again at once.
      if (before?.app.exit === undefined && before !== undefined) await supervisor.stop(supervisor.serve(before.app));
      throw error;
    }
    if (before !== undefined) this.#retireLater(before);
  }

  #retireLater(before: NonNullable<ReturnType<Supervisor["serve"]>>): void {
    const { supervisor, options, log, signal } = this.#parts;
    const drain = before.backend
      .drain(options.drainMs, { sockets: true, signal })
      .catch(() => false)
      .then(() => supervisor?.stop(before))
      .catch((error: unknown) => log.warn({ error }, "the process before could not be stopped"));
    this.#drains = [...this.#drains, drain];
  }

  async #startAndServe(release: ReleaseRecord): Promise<void> {
    const { supervisor } = this.#parts;
    if (supervisor === undefined) return;
    supervisor.serve(await supervisor.start(this.#folder(release.release)));
    this.#closing.opened();
  }

  /** Healthy and then gone is not healthy. */
  async #settle(): Promise<void> {
    const { supervisor, options, signal } = this.#parts;
    const app = supervisor?.app;
    if (app === undefined) return;
    const over = new AbortController();
    const settled = pause(options.settleMs, undefined, { signal: AbortSignal.any([over.signal, signal]) });
    await Promise.race([settled.catch(() => undefined), app.exited]);
    over.abort();
    if (app.exit === undefined) return;
    const error = new TransientError("APP_CRASHED", "the application was healthy and ended soon after", {
      hint: "its log's tail is in the report",
    });
    throw Object.assign(error, { logTail: app.tail });
  }

  /** Back to the release before. Where that does not run either, nothing is tried any more: no ping-pong. */
  async #rollBack(cause: unknown): Promise<SwitchOutcome> {
    const { installation, supervisor, log } = this.#parts;
    const { open } = installation.state;
    const failure = describe(cause);
    log.error({ error: cause }, "the new release does not run");
    if (open?.switched !== true) await installation.abandonBad(failure.error.message);
    else if (supervisor !== undefined && needsRestart(open.way) && !this.#serves(open.from)) {
      this.#closing.closeAtOnce("hold");
      await supervisor.stop();
    }
    const before =
      open?.switched === true ? await installation.rollBack(failure.error.message) : await installation.current();
    if (before === undefined) return this.#giveUp(cause);
    if (open?.way === "reload") await this.#reloadAgain();
    try {
      if (needsRestart(open?.way) && !this.#serves(before.release)) await this.#startAndServe(before);
      const kind = open?.switched === true ? "rolled-back" : "failed";
      return { kind, failure, downtimeMs: this.#closing.closedMs };
    } catch (error) {
      return this.#giveUp(error);
    }
  }

  async #reloadAgain(): Promise<void> {
    const { options, supervisor, log, signal } = this.#parts;
    await options.reload?.(supervisor?.app, signal).catch((error: unknown) => log.warn({ error }, "reload failed"));
  }

  async #giveUp(cause: unknown): Promise<SwitchOutcome> {
    const { installation, gateway, log } = this.#parts;
    const failure = describe(cause);
    log.fatal({ error: cause }, "no release runs: a person is needed");
    gateway.maintain();
    await installation.markTerminal(failure.error.message);
    return { kind: "failed", failure, downtimeMs: this.#closing.closedMs };
  }

  /** Whether this release's process answers requests right now. */
  #serves(release: number | null): boolean {
    const app = this.#parts.supervisor?.app;
    return release !== null && app?.exit === undefined && app?.folder === this.#folder(release);
  }

  #applied(): SwitchOutcome {
    return { kind: "applied", downtimeMs: this.#closing.closedMs };
  }

  #folder(release: number): string {
    return releaseFolder(this.#parts.installation.root, release);
  }
}

function needsRestart(way: string | undefined): boolean {
  return way === "hold" || way === "overlap" || way === "maintenance";
}

function describe(cause: unknown): SwitchFailure {
  const logTail = cause instanceof Error && "logTail" in cause ? String(cause.logTail) : "";
  if (cause instanceof SyncError) return { error: cause, logTail };
  const words = cause instanceof Error ? cause.message : String(cause);
  return { error: new TransientError("UPDATE_FAILED", words, { cause }), logTail };
}
