import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";

const cli = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");

interface Started {
  readonly config: string;
  readonly natsUrl: string;
  /** Caches and logs go there. */
  readonly folder: string;
}

/** `lockstep ARGS` as a process of its own, until disposed; its log is `services.log` in the folder. */
export function startServices(args: readonly string[], started: Started): AsyncDisposable {
  const { config, natsUrl, folder } = started;
  const child = spawn(process.execPath, [cli, ...args, "--config", config, "--nats", natsUrl], {
    env: { ...process.env, LOCKSTEP_CACHE: join(folder, "cache"), LOCKSTEP_LOG_LEVEL: "info" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout.pipe(createWriteStream(join(folder, "services.log")));
  return {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
