import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** A module of this folder as a process of its own, which ends with the scope it was started in. */
export interface FixtureProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Settles when it has ended, with its exit code; `null` if it was killed. */
  readonly ended: Promise<number | null>;
}

export function startFixture(module: string, settings: Readonly<Record<string, string>>): FixtureProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, module)], {
    env: { ...process.env, ...settings },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(child, "exit").then(([code]: (number | null)[]) => code ?? null);
  return {
    child,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
