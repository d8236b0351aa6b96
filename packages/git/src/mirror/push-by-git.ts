import { join } from "node:path";
import type { SyncError } from "@lockstep/shared/runtime";
import { gitError } from "../git-error.ts";
import type { GitBytesTask } from "../git-task.ts";
import type { RefChange } from "./plan-ref-updates.ts";
import type { PushQuestion, PushReport } from "./push-refs.ts";
import { runAtRemote } from "./remote-access.ts";
import { createStaging } from "./staging.ts";

/** Up to this many refs are named; more go as one pattern, because git compares each name with each ref there. */
const namedUpTo = 5;

/**
 * Pushes by `git push` from a staging repository: what ssh and git:// need. The destination's acknowledged values stand
 * as `refs/remotes/to/*`, so that a bare `--force-with-lease` holds each ref to its own (I8).
 */
export async function pushByGit(question: PushQuestion, signal: AbortSignal): Promise<PushReport> {
  const { remote, changes, cacheFolder } = question;
  const objects = join(cacheFolder, "objects");
  await using staging = await createStaging(cacheFolder, {
    refs: new Map(changes.flatMap(stagedRefs)),
    remote: { name: "to", url: remote.url },
  });
  return await runAtRemote(remote, pushTask(refspecs(changes)), { folder: staging.path, objects, signal, limitMs });
}

const limitMs = 10 * 60_000;

/** `refs/heads/a` → `refs/new/heads/a` as it should be, `refs/remotes/to/heads/a` as it is there. */
function stagedRefs({ ref, from, to }: RefChange): readonly [string, string][] {
  const rest = ref.slice("refs/".length);
  const fresh: [string, string][] = to === undefined ? [] : [[`refs/new/${rest}`, to]];
  return from === undefined ? fresh : [...fresh, [`refs/remotes/to/${rest}`, from]];
}

/** Without a `+`, which would override the lease; a lease that holds lets history be rewritten as well. */
function refspecs(changes: readonly RefChange[]): readonly string[] {
  const kept = changes.filter(({ to }) => to !== undefined);
  const deleted = changes.filter(({ to }) => to === undefined).map(({ ref }) => `:${ref}`);
  if (kept.length > namedUpTo) return ["refs/new/*:refs/*", ...deleted];
  return [...kept.map(({ ref, to }) => `${to}:${ref}`), ...deleted];
}

function pushTask(specs: readonly string[]): GitBytesTask<PushReport> {
  const args = ["push", "--porcelain", "--no-verify", "--force-with-lease", "to", ...specs];
  return {
    args,
    remote: true,
    answers: [0, 1],
    parseBytes(stdout, { code, stderr }) {
      const report = readPorcelain(stdout.toString());
      if (code !== 0 && report.refused.size === 0) throw failure(args, `${stdout.toString()}\n${stderr}`);
      return report;
    },
  };
}

function failure(args: readonly string[], words: string): SyncError {
  return gitError(args, words);
}

/** `<flag>\t<from>:<to>\t<summary> (<reason>)`: https://git-scm.com/docs/git-push, "Output". */
function readPorcelain(stdout: string): PushReport {
  const accepted = new Set<string>();
  const refused = new Map<string, string>();
  for (const line of stdout.split("\n")) {
    const [flag = "", names = "", summary = ""] = line.split("\t");
    const ref = names.slice(names.lastIndexOf(":") + 1);
    if (!/^[ +\-*=!]$/.test(flag) || ref === "") continue;
    if (flag === "!") refused.set(ref, /\((.*)\)$/.exec(summary)?.[1] ?? summary);
    else accepted.add(ref);
  }
  return { accepted, refused, words: "" };
}
