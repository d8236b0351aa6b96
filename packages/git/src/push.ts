import { TransientError } from "@lockstep/shared/errors";
import { branchRef } from "./branch-ref.ts";
import { gitError } from "./git-error.ts";
import type { GitFolder } from "./git-folder.ts";
import type { GitBytesTask } from "./git-task.ts";
import { listRemoteRefs } from "./remote-refs.ts";
import type { BranchUpdate, PushResult } from "./repository.ts";

/** See `Repository.push`. */
export function push(folder: GitFolder, { branch, commit, lease }: BranchUpdate): Promise<PushResult> {
  return folder.run(pushRef(branchRef(branch), commit, lease ?? ""));
}

/** See `Repository.deleteBranch`. */
export async function deleteBranch(folder: GitFolder, branch: string, lease: string): Promise<PushResult> {
  const ref = branchRef(branch);
  try {
    return await folder.run(pushRef(ref, "", lease));
  } catch (error) {
    if (!(error instanceof TransientError) || error.code !== "GIT_STALE_LEASE") throw error;
    // To git a branch that is gone is one that moved. To us it is what was wanted.
    if ((await folder.run(listRemoteRefs(folder.url, [ref]))).has(ref)) throw error;
    return "up-to-date";
  }
}

/**
 * The lease holds twice: git compares it with what the remote advertises, and the remote with what it has when it
 * moves the ref. `--no-thin` (and `pack.window=0`, in every command's settings) because git would download blobs
 * of the base to make deltas against them.
 */
function pushRef(ref: string, commit: string, lease: string): GitBytesTask<PushResult> {
  const args = ["push", "--porcelain", "--no-verify", "--no-thin", `--force-with-lease=${ref}:${lease}`, "origin"];
  return {
    args: [...args, `${commit}:${ref}`],
    remote: true,
    answers: [0, 1],
    parseBytes(stdout, { code, stderr }) {
      const result = results.get(
        stdout
          .toString()
          .split("\n")
          .find((line) => /^[ +\-*=!]\t/.test(line))?.[0] ?? "",
      );
      if (code !== 0 || result === undefined) throw gitError(args, `${stdout.toString()}\n${stderr}`);
      return result;
    },
  };
}

/** `<flag>\t<from>:<to>\t<summary>`: https://git-scm.com/docs/git-push, "Output". */
const results: ReadonlyMap<string, PushResult> = new Map([
  ["*", "created"],
  [" ", "updated"],
  ["+", "updated"],
  ["-", "deleted"],
  ["=", "up-to-date"],
]);
