import type { Credentials } from "../credentials.ts";
import type { Git, GitBytesTask, GitRunOptions, GitTask, SshIdentity } from "../git-task.ts";
import { isHttp } from "./http-service.ts";

/** One side of a mirror with all that is needed to speak to it. */
export interface GitRemoteAccess {
  readonly url: string;
  readonly git: Git;
  readonly credentials?: Credentials | undefined;
  readonly ssh?: SshIdentity | undefined;
}

/** Runs a git command that speaks to this remote, with what proves who we are. */
export async function runAtRemote<Result>(
  { url, git, credentials, ssh }: GitRemoteAccess,
  task: GitTask<Result> | GitBytesTask<Result>,
  options: Omit<GitRunOptions, "auth" | "ssh" | "url">,
): Promise<Result> {
  if (!isHttp(url)) return git.run(task, { ...options, url, ssh });
  const authorization = await credentials?.authorization(url, options.signal);
  return git.run(task, { ...options, url, auth: authorization && { url, authorization } });
}
