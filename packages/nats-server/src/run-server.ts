import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { PermanentError } from "@lockstep/shared/errors";

/** One run of the server's process. */
export interface ServerRun {
  readonly pid: number;
  /** Resolved when the process has ended. */
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  signal(name: NodeJS.Signals): void;
}

/** All of the environment that a server needs: the tokens in ours are none of its business (I9). */
const passedOn = new Set([
  "PATH",
  "HOME",
  "TMPDIR",
  "TEMP",
  "TMP",
  "SystemRoot",
  "GOMAXPROCS",
  "GOMEMLIMIT",
  "GODEBUG",
]);

/**
 * Starts the server's process, in a session of its own, so that a Ctrl-C in the terminal leaves it running until its
 * clients have finished. What it prints is added to `logFile`.
 * @throws {PermanentError} NATS_SERVER_START_FAILED
 */
export async function runServer(binary: string, configFile: string, logFile: string): Promise<ServerRun> {
  await using log = await open(logFile, "a");
  const child = spawn(binary, ["--config", configFile], {
    stdio: ["ignore", log.fd, log.fd],
    detached: true,
    windowsHide: true,
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => passedOn.has(name))),
  });
  const ended = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  return {
    pid: await pidOf(child, binary),
    ended,
    hasEnded: () => isOver(child),
    signal: (name) => void child.kill(name),
  };
}

async function pidOf(child: ChildProcess, binary: string): Promise<number> {
  try {
    if (child.pid === undefined) await once(child, "spawn");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PermanentError("NATS_SERVER_START_FAILED", `${binary} cannot be started: ${why}`, { cause });
  }
  if (child.pid === undefined) throw new PermanentError("NATS_SERVER_START_FAILED", `${binary} has no process`);
  return child.pid;
}

function isOver(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
