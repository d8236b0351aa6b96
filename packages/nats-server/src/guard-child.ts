import { spawn } from "node:child_process";
import { Socket } from "node:net";
import { PermanentError } from "@lockstep/shared/errors";

/** A watcher outside this process. */
export interface Guard {
  /** From now on this process ends with ours; undefined: none does. */
  watch(pid: number | undefined): void;
  /** Ends the watcher: what it watched stays. */
  release(): void;
}

/**
 * Starts a tiny process that waits for the end of ours, in whatever way it ends (kill -9 too): the operating system
 * then closes the pipe between them. It kills the process it was told of and removes a folder. It is in a session of
 * its own, so that a Ctrl-C in the terminal does not reach it.
 * @throws {PermanentError} NATS_SERVER_UNGUARDED: it could not be started
 */
export async function guardChild(folder: string, platform: string = process.platform): Promise<Guard> {
  const { command, args } = watcherCommand(folder, platform);
  const watcher = spawn(command, args, { stdio: ["pipe", "ignore", "ignore"], detached: true, windowsHide: true });
  await new Promise<void>((resolve, reject) => {
    watcher.once("spawn", resolve);
    watcher.once("error", (cause) =>
      reject(new PermanentError("NATS_SERVER_UNGUARDED", `${command} cannot be started: ${cause.message}`, { cause })),
    );
  });
  const pipe = watcher.stdin;
  // A watcher that somebody killed is no reason to end this process.
  pipe.on("error", () => pipe.destroy());
  watcher.unref();
  if (pipe instanceof Socket) pipe.unref();
  return {
    watch: (pid) => void pipe.write(`${pid ?? ""}\n`),
    release: () => void watcher.kill("SIGKILL"),
  };
}

/** A waiting shell takes under 2 MB where Node takes 45; Windows has no shell for it. */
function watcherCommand(folder: string, platform: string): { command: string; args: readonly string[] } {
  return platform === "win32"
    ? { command: process.execPath, args: ["-e", nodeWatcher, folder] }
    : { command: "/bin/sh", args: ["-c", shellWatcher, "lockstep-nats-guard", folder] };
}

const shellWatcher = `
pid=
while read -r line; do pid=$line; done
[ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
`;

const nodeWatcher = `
let told = "";
process.stdin.on("data", (text) => { told += text; });
process.stdin.on("end", () => {
  const pid = Number(told.trimEnd().split("\\n").at(-1));
  try { if (pid > 0 && !told.endsWith("\\n\\n")) process.kill(pid, "SIGKILL"); } catch { process.exitCode = 1; }
  require("node:fs").rmSync(process.argv[1], { recursive: true, force: true, maxRetries: 10 });
});
`;
