import { spawn, type ChildProcess } from "node:child_process";

export interface PipeOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly input?: Uint8Array | undefined;
  /** Kills the process and all its children. */
  readonly signal: AbortSignal;
}

export interface PipeResult {
  readonly code: number;
  /** Set if something else than we killed the process: the kernel, short of memory. */
  readonly killedBy: NodeJS.Signals | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** How long git has to take its lock files away before it is killed outright. */
const graceMs = 500;

/**
 * Runs git with bytes in and bytes out, in a process group of its own: a fetch is git, git-remote-https, index-pack
 * and more, and all of them must end with it. docs/decisions/0002-git-plumbing.md says why not simple-git.
 * Rejects with the spawn error, or the signal's reason once every child is gone.
 */
export function pipe(args: readonly string[], { environment, input, signal }: PipeOptions): Promise<PipeResult> {
  const { promise, resolve, reject } = Promise.withResolvers<PipeResult>();
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  const child = spawn("git", args, { env: environment, cwd: "/", detached: true, stdio: "pipe" });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const stop = (): void => killGroup(child);
  signal.addEventListener("abort", stop, { once: true });
  child.once("error", reject);
  child.once("close", (code, killedBy) => {
    signal.removeEventListener("abort", stop);
    if (signal.aborted) return reject(signal.reason as Error);
    resolve({
      code: code ?? -1,
      killedBy: killedBy ?? undefined,
      stdout: Buffer.concat(stdout),
      stderr: Buffer.concat(stderr).toString(),
    });
  });
  // Git may end before it has read everything: its exit code says why, the broken pipe does not.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  return promise;
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  const group = -child.pid;
  signalGroup(group, "SIGTERM");
  const timer = setTimeout(signalGroup, graceMs, group, "SIGKILL");
  child.once("close", () => {
    clearTimeout(timer);
    signalGroup(group, "SIGKILL");
  });
}

function signalGroup(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(group, name);
  } catch (error) {
    // ESRCH: all of the group are gone, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
