import { spawn } from "node:child_process";
import type { PipeOptions } from "./pipe.ts";

/** What a process prints, as it comes. Throws an Error with its words at its end if it fails, or the signal's reason. */
export async function* pipeOut(
  args: readonly string[],
  { environment, input, signal }: PipeOptions,
): AsyncGenerator<Buffer> {
  signal.throwIfAborted();
  const child = spawn("git", args, { env: environment, cwd: "/", stdio: "pipe", signal, killSignal: "SIGKILL" });
  const closed = Promise.withResolvers<number | null>();
  child.once("error", closed.reject);
  child.once("close", closed.resolve);
  // It is awaited below; until then a failed spawn is nobody's unhandled rejection.
  closed.promise.catch(() => undefined);
  const stderr: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // Git may end before it has read everything: its exit code says why, the broken pipe does not.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    if ((await closed.promise) !== 0) throw new Error(Buffer.concat(stderr).toString());
  } finally {
    child.kill("SIGKILL");
  }
}
