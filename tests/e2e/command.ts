import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const cli = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");

export interface CommandResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Ends it by SIGTERM as soon as its output has this. */
  readonly until?: string;
}

/** Runs `lockstep ARGS` to its end, or until its output says enough. */
export async function lockstep(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: options.cwd,
    env: { ...process.env, LOCKSTEP_CONFIG: undefined, NO_COLOR: "1", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    if (options.until !== undefined && out.includes(options.until)) child.kill("SIGTERM");
  });
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  await once(child, "close");
  return { code: child.exitCode, out, err };
}
