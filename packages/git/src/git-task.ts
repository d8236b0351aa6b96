import type { Secret } from "@lockstep/shared/errors";

/**
 * A git command as data: what to run, and how to read the text it prints.
 * Foreign words stand after `--` or `--end-of-options` in `args`. Any exit code but 0 is an error.
 */
export interface GitTask<Result> {
  readonly args: readonly string[];
  readonly parse: (stdout: string) => Result;
  /** Set where git speaks to a remote. To all other commands every transport is closed. */
  readonly remote?: true;
}

/** A git command with bytes at its standard input or output, or with more answers than success and failure. */
export interface GitBytesTask<Result> {
  readonly args: readonly string[];
  readonly parseBytes: (stdout: Buffer, exit: GitExit) => Result;
  readonly input?: Uint8Array;
  readonly remote?: true;
  /** The exit codes that are answers rather than errors. Default: 0 alone. */
  readonly answers?: readonly number[];
}

export interface GitExit {
  readonly code: number;
  readonly stderr: string;
}

export interface GitRunOptions {
  /** The repository's folder: `GIT_DIR`. Absent for commands that need none. */
  readonly folder?: string;
  readonly signal: AbortSignal;
  readonly auth?: RemoteAuth | undefined;
  /** The key for a remote over ssh. */
  readonly ssh?: SshIdentity | undefined;
  /** The remote, where it is not the repository's origin: opens its transport, `ssh` or `git`, beside https. */
  readonly url?: string;
  /** Where objects are read and written, if not in the repository's own folder. */
  readonly objects?: string;
  /** Milliseconds until the command and all its children are killed. */
  readonly limitMs?: number;
}

/** What proves who we are to the host of `url`, and to no other. */
export interface RemoteAuth {
  readonly url: string;
  /** The value of the `Authorization` header. */
  readonly authorization: Secret;
}

/** Files of a private key and of the public keys of hosts that are trusted. */
export interface SshIdentity {
  readonly keyPath: string;
  readonly knownHostsPath: string;
}

export interface Git {
  /** Runs a task. Throws TransientError or PermanentError with a `GIT_` code, or the signal's reason. */
  run<Result>(task: GitTask<Result> | GitBytesTask<Result>, options: GitRunOptions): Promise<Result>;
}
