import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { redact, type Log } from "@lockstep/shared/runtime";

export interface AppCommand {
  /** The program and its arguments; `${PORT}` and `${RELEASE}` are filled in. */
  readonly command: readonly string[];
  /** Folder of the release: working folder, and LOCKSTEP_RELEASE. */
  readonly folder: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface AppExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const tailLength = 8000;

/** A process of the application, leader of a group of its own: what it starts ends with it. */
export class AppProcess {
  readonly port: number;
  readonly folder: string;
  /** Resolves when it has ended, whatever the reason. */
  readonly exited: Promise<AppExit>;
  readonly #child: ChildProcess;
  #tail = "";
  #exit: AppExit | undefined;

  constructor({ command, folder, port, env }: AppCommand, log: Log) {
    this.port = port;
    this.folder = folder;
    const words = command.map((word) => word.replaceAll("${PORT}", String(port)).replaceAll("${RELEASE}", folder));
    const [program = "", ...args] = words;
    this.#child = spawn(program, args, {
      cwd: folder,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...env, PORT: String(port), LOCKSTEP_RELEASE: folder },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on("data", (chunk: Buffer) => this.#pass(chunk));
    this.exited = this.#follow(log);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get exit(): AppExit | undefined {
    return this.#exit;
  }

  /** The last lines it wrote, without secrets (I9). */
  get tail(): string {
    return redact(this.#tail);
  }

  signal(name: NodeJS.Signals): void {
    if (this.#exit === undefined) this.#signalGroup(name);
  }

  /** SIGTERM to its group; SIGKILL to what is left of it after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    if (this.#exit === undefined) {
      this.#signalGroup("SIGTERM");
      const limit = new AbortController();
      const timeUp = pause(graceMs, undefined, { signal: limit.signal }).catch(() => undefined);
      await Promise.race([this.exited, timeUp]);
      limit.abort();
    }
    // Children that outlived their leader hold the port.
    this.#signalGroup("SIGKILL");
    await this.exited;
  }

  async #follow(log: Log): Promise<AppExit> {
    const failed = once(this.#child, "error").then(([error]): AppExit => {
      this.#tail += String(error);
      return { code: 127, signal: null };
    });
    const ended = once(this.#child, "exit").then(([code, signal]) => ({ code, signal }));
    this.#exit = await Promise.race([failed, ended]);
    log.info({ ...this.#exit, port: this.port, folder: this.folder }, "application ended");
    return this.#exit;
  }

  #pass(chunk: Buffer): void {
    process.stderr.write(chunk);
    this.#tail = (this.#tail + chunk.toString()).slice(-tailLength);
  }

  #signalGroup(name: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, name);
    } catch (error) {
      // ESRCH: all of the group are gone, which is what was wanted.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
