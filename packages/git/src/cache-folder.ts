import { readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { PermanentError, TransientError } from "@lockstep/shared/errors";
import { repositoryIdentity } from "@lockstep/shared/contracts";
import type { Git, GitBytesTask, GitTask } from "./git-task.ts";

export interface CacheFolderOptions {
  readonly git: Git;
  readonly path: string;
  readonly url: string;
  readonly signal: AbortSignal;
}

/**
 * Makes the folder a repository of this remote: as it is, or new if it is missing or broken. What it holds is
 * fetched later. The caller holds the folder's lock. PermanentError `CACHE_FOREIGN_REMOTE`, and nothing touched, if
 * it belongs to another remote.
 */
export async function openCacheFolder(cache: CacheFolderOptions): Promise<"reused" | "created" | "rebuilt"> {
  if (!(await exists(cache.path))) {
    await replaceCacheFolder(cache);
    return "created";
  }
  await removeStaleLocks(cache.path);
  const origin = await readOrigin(cache);
  if (origin === undefined) {
    await replaceCacheFolder(cache);
    return "rebuilt";
  }
  refuseForeign(origin, cache);
  if (await isWorn(cache.path)) {
    await replaceCacheFolder(cache);
    return "created";
  }
  if (origin !== cache.url) await cache.git.run(setOrigin(cache.url), { folder: cache.path, signal: cache.signal });
  return "reused";
}

/**
 * Every fetch without history leaves a pack and a line in `shallow`, which git reads and sends ever after: past this
 * many a new clone, which costs a few tens of milliseconds, is cheaper, and what is kept has a bound.
 */
const mostShallowCommits = 24;

async function isWorn(path: string): Promise<boolean> {
  const shallow = await readFile(join(path, "shallow"), "utf8").catch(undefinedIfMissing);
  return shallow !== undefined && shallow.split("\n").length > mostShallowCommits;
}

/** Builds an empty repository beside the folder and puts it in its place by rename, so that a crash leaves one or none. */
export async function replaceCacheFolder({ git, path, url, signal }: CacheFolderOptions): Promise<void> {
  const [fresh, old] = [`${path}.new`, `${path}.old`];
  await remove(fresh, old);
  await git.run({ args: ["init", "--bare", "--", fresh], parse: () => undefined }, { signal });
  await git.run(setOrigin(url), { folder: fresh, signal });
  if (await exists(path)) await rename(path, old);
  await rename(fresh, path);
  await remove(old);
}

async function remove(...folders: readonly string[]): Promise<void> {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(undefinedIfMissing)) !== undefined;
}

function undefinedIfMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
}

/** Undefined if the folder is no repository any more, or lost its configuration. */
async function readOrigin({ git, path, signal }: CacheFolderOptions): Promise<string | undefined> {
  const task: GitTask<string> = {
    args: ["config", "--default", "", "--get", "remote.origin.url"],
    parse: (stdout) => stdout.trim(),
  };
  try {
    return (await git.run(task, { folder: path, signal })) || undefined;
  } catch (error) {
    if (error instanceof TransientError && error.code === "GIT_CORRUPT_CACHE") return undefined;
    throw error;
  }
}

/** Prints nothing, and simple-git waits 50 ms for what prints nothing: a task of bytes goes through the pipe. */
function setOrigin(url: string): GitBytesTask<undefined> {
  return { args: ["config", "remote.origin.url", url], parseBytes: () => undefined };
}

function refuseForeign(origin: string, { path, url }: CacheFolderOptions): void {
  const [found, wanted] = [nameOf(origin), nameOf(url)];
  if (found === wanted) return;
  throw new PermanentError("CACHE_FOREIGN_REMOTE", `the cache at ${path} is a clone of ${found}, not of ${wanted}`, {
    hint: "Somebody put another repository there: move it away, or name another cache folder.",
  });
}

/** A folder that is not ours may name anything. */
function nameOf(url: string): string {
  try {
    return repositoryIdentity(url);
  } catch {
    return url;
  }
}

/** Locks that a killed git left behind. Nobody else may be at work here: our own lock says so. */
async function removeStaleLocks(path: string): Promise<void> {
  const inRefs = await readdir(join(path, "refs"), { recursive: true }).catch(undefinedIfMissing);
  const names = [...(await readdir(path)), ...(inRefs ?? []).map((name) => join("refs", name))];
  const locks = names.filter((name) => name.endsWith(".lock"));
  await Promise.all(locks.map((name) => rm(join(path, name), { force: true })));
}
