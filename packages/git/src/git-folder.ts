import type { Credentials } from "./credentials.ts";
import type { Git, GitBytesTask, GitTask } from "./git-task.ts";

/** A repository's folder with all that its commands need beside their arguments. */
export interface GitFolder {
  readonly path: string;
  readonly url: string;
  /** See `Git.run`; commands for a remote carry the credentials. */
  run<Result>(task: GitTask<Result> | GitBytesTask<Result>): Promise<Result>;
}

export interface GitFolderOptions {
  readonly git: Git;
  readonly path: string;
  readonly url: string;
  readonly credentials?: Credentials | undefined;
  readonly signal: AbortSignal;
}

export function gitFolder({ git, path, url, credentials, signal }: GitFolderOptions): GitFolder {
  return {
    path,
    url,
    async run(task) {
      if (task.remote !== true) return git.run(task, { folder: path, signal });
      const authorization = await credentials?.authorization(url, signal);
      const auth = authorization && { url, authorization };
      return git.run(task, { folder: path, signal, auth });
    },
  };
}
