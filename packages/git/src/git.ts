import { TransientError } from "@lockstep/shared/errors";
import { simpleGit } from "simple-git";
import { gitEnvironment, gitSettings } from "./environment.ts";
import { gitCommand, gitError } from "./git-error.ts";
import type { Git, GitBytesTask, GitRunOptions, GitTask } from "./git-task.ts";
import { pipe } from "./pipe.ts";

export interface GitOptions {
  /** Milliseconds a command may take unless its caller says otherwise. Default: two minutes. */
  readonly limitMs?: number;
}

const defaultLimitMs = 120_000;

/** Git as tasks: the one place that starts git. See `Git.run`. */
export function createGit(options: GitOptions = {}): Git {
  return {
    async run<Result>(task: GitTask<Result> | GitBytesTask<Result>, run: GitRunOptions): Promise<Result> {
      run.signal.throwIfAborted();
      const limitMs = run.limitMs ?? options.limitMs ?? defaultLimitMs;
      const limit = AbortSignal.timeout(limitMs);
      const signal = AbortSignal.any([run.signal, limit]);
      try {
        return await (isLocalText(task) ? read(task, { ...run, signal }) : speak(task, { ...run, signal }));
      } catch (error) {
        if (run.signal.aborted) throw run.signal.reason;
        if (limit.aborted) throw tooSlow(task.args, limitMs);
        throw error;
      }
    },
  };
}

function isLocalText<Result>(task: GitTask<Result> | GitBytesTask<Result>): task is GitTask<Result> {
  return "parse" in task && task.remote !== true;
}

/** Reading our own folder: simple-git, which also refuses arguments that would make git run something else. */
async function read<Result>(task: GitTask<Result>, { folder, signal }: GitRunOptions): Promise<Result> {
  const environment = gitEnvironment({ ...(folder !== undefined && { folder }), remote: false });
  let stderr = "";
  const git = simpleGit({
    baseDir: "/",
    abort: signal,
    allowEnvironment: Object.keys(environment),
    // Not for a configuration, but for none: GIT_CONFIG_GLOBAL is /dev/null.
    unsafe: { allowUnsafeConfigPaths: true },
    completion: { onClose: true, onExit: false },
    errors(error, result) {
      stderr = Buffer.concat(result.stdErr).toString();
      return result.exitCode === 0 ? error : (error ?? new Error(stderr));
    },
  });
  const stdout = await git
    .env(environment)
    .raw([...task.args])
    .catch((error: unknown) => {
      throw gitError(task.args, stderr === "" ? String(error) : stderr);
    });
  return task.parse(stdout);
}

async function speak<Result>(task: GitTask<Result> | GitBytesTask<Result>, run: GitRunOptions): Promise<Result> {
  const environment = { ...gitEnvironment({ ...run, remote: task.remote === true }), ...gitSettings(run.auth) };
  const input = "input" in task ? task.input : undefined;
  const { code, killedBy, stdout, stderr } = await pipe(task.args, { environment, input, signal: run.signal }).catch(
    (error: unknown) => {
      // The spawn failed, or the signal ended it: then `run` says so.
      throw gitError(task.args, String(error));
    },
  );
  if (killedBy !== undefined)
    throw new TransientError("GIT_KILLED", `${gitCommand(task.args)} was killed by ${killedBy}`);
  if ("parse" in task) {
    if (code !== 0) throw gitError(task.args, stderr);
    return task.parse(stdout.toString());
  }
  if (!(task.answers ?? [0]).includes(code)) throw gitError(task.args, stderr);
  return task.parseBytes(stdout, { code, stderr });
}

function tooSlow(args: readonly string[], limitMs: number): TransientError {
  return new TransientError("GIT_TIMEOUT", `${gitCommand(args)} took longer than ${limitMs} ms and was stopped`, {
    hint: "The remote may be slow or hang: it is tried again.",
  });
}
