import { spawn } from "node:child_process";

const limitMs = 30_000;

export interface GitInput {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers and no failures, beside 0. */
  readonly answers?: readonly number[];
}

export interface GitOutput {
  readonly code: number;
  readonly stdout: Buffer;
  readonly text: string;
}

/**
 * Runs git in a repository of the forge, with a closed environment, for at most 30 s.
 * Throws where git ends with another code than expected: a bug of the sandbox or of the test that drives it.
 */
export function runGit(folder: string, args: readonly string[], options: GitInput = {}): Promise<GitOutput> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, { cwd: folder, env: gitEnvironment(options.env), timeout: limitMs });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on("error", (error) => stderr.push(Buffer.from(`stdin: ${error.message}\n`)));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const output = Buffer.concat(stdout);
      if (code !== null && (code === 0 || options.answers?.includes(code) === true))
        return resolve({ code, stdout: output, text: output.toString("utf8").trimEnd() });
      const words = Buffer.concat(stderr).toString("utf8").trim();
      const what = `git ${args[0]} in ${folder} ended with ${code ?? signal}: ${words}`;
      return reject(new Error(what));
    });
    child.stdin.end(options.input);
  });
}

/** The environment of every git child: nothing of the caller's own git setup, but its PATH. */
export function gitEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: "/nonexistent",
    LC_ALL: "C",
    TZ: "UTC",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "safe.directory",
    GIT_CONFIG_VALUE_0: "*",
    ...more,
  };
}
