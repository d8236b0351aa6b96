import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  gitFolder,
  openRepository,
  type Credentials,
  type Git,
  type GitBytesTask,
  type Repository,
} from "@lockstep/git";
import { PermanentError, SyncError, TransientError } from "@lockstep/shared/runtime";
import type { FreshComponent } from "../store/installation.ts";
import type { ReleaseEntry } from "../store/release-entries.ts";

export interface ReleaseSource {
  /** Without credentials. */
  readonly url: string;
  readonly branch: string;
  readonly credentials?: Credentials | undefined;
}

/** A component as the manifest of a commit names it. */
export interface WantedComponent {
  readonly name: string;
  readonly path: string;
  readonly version: string | number | null;
  readonly isData: boolean;
}

export interface ReleaseRepository {
  /** The branch's newest commit. */
  readonly tip: string;
  /** Makes a commit readable, though the branch may have moved on. Throws GIT_OBJECT_GONE where history was rewritten. */
  fetchCommit(commit: string): Promise<void>;
  /** What a component consists of in a commit. PermanentError `RELEASE_PATH_MISSING`. */
  component(commit: string, wanted: WantedComponent): Promise<FreshComponent>;
  /** Whether `commit` is `ancestor` or came after it. */
  descendsFrom(commit: string, ancestor: string): Promise<boolean>;
}

interface Surroundings {
  readonly git: Git;
  /** The installation's root; the caller holds its lock. */
  readonly root: string;
  readonly signal: AbortSignal;
}

/**
 * Fetches the branch into `<root>/repo.git`, bare and without blobs, and lets `work` read it. What a killed git left
 * is removed; a repository that is broken, or of another remote, stays until its replacement is whole. Throws what git
 * says: GIT_UNREACHABLE means offline, and nothing was touched.
 */
export async function withReleaseRepository<Result>(
  source: ReleaseSource,
  around: Surroundings,
  work: (repository: ReleaseRepository) => Promise<Result>,
): Promise<Result> {
  const path = join(around.root, "repo.git");
  await removeLocks(path);
  try {
    if (!(await isOf(path, source.url, around))) await replace(path, source, around);
    return await work(await fetchInto(path, source, around));
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== "GIT_CORRUPT_CACHE") throw error;
    await replace(path, source, around);
    return await work(await fetchInto(path, source, around));
  }
}

async function fetchInto(path: string, source: ReleaseSource, around: Surroundings): Promise<ReleaseRepository> {
  const repository = openRepository(gitFolder({ ...around, ...source, path }));
  const { base } = await repository.fetchBase(source.branch);
  const run = <Answer>(task: GitBytesTask<Answer>) => around.git.run(task, { folder: path, signal: around.signal });
  return {
    tip: base,
    async fetchCommit(commit) {
      if (commit !== base) await repository.deepen([commit], 1);
    },
    component: (commit, wanted) => readComponent(repository, run, { commit, wanted }),
    async descendsFrom(commit, ancestor) {
      if (commit === ancestor) return true;
      await repository.deepen([commit], historyDepth);
      return run({
        args: ["merge-base", "--is-ancestor", ancestor, commit],
        // 128: the ancestor is nowhere in the history that was fetched.
        answers: [0, 1, 128],
        parseBytes: (_, { code }) => code === 0,
      });
    },
  };
}

const historyDepth = 10_000;

type Run = <Answer>(task: GitBytesTask<Answer>) => Promise<Answer>;

async function readComponent(
  repository: Repository,
  run: Run,
  { commit, wanted }: { readonly commit: string; readonly wanted: WantedComponent },
): Promise<FreshComponent> {
  const found = await repository.entryAt(commit, wanted.path);
  if (found === undefined)
    throw new PermanentError("RELEASE_PATH_MISSING", `${wanted.name}: ${commit} has nothing at ${wanted.path}`, {
      hint: "nothing was changed; correct the component's path, or the commit",
    });
  const entries: readonly ReleaseEntry[] =
    found.mode === "040000"
      ? await run(listTree(found.oid))
      : [{ path: basename(wanted.path), mode: found.mode, oid: found.oid }];
  const { name, version, path, isData } = wanted;
  return {
    component: name,
    version,
    path,
    mode: found.mode,
    hash: found.oid,
    entries,
    isData,
    read: (oids) => repository.readBlobs(oids),
  };
}

/** `<mode> <type> <oid>\t<path>\0` each: https://git-scm.com/docs/git-ls-tree, "Output format". */
function listTree(tree: string): GitBytesTask<readonly ReleaseEntry[]> {
  return {
    args: ["ls-tree", "-r", "-z", tree],
    parseBytes(stdout) {
      const records = stdout.toString().split("\0").slice(0, -1);
      return records.map((record) => {
        const tab = record.indexOf("\t");
        const [mode = "", , oid = ""] = record.slice(0, tab).split(" ");
        return { mode, oid, path: record.slice(tab + 1) };
      });
    },
  };
}

/** Built and fetched beside: the old one goes only when the new one is whole. */
async function replace(path: string, source: ReleaseSource, { git, signal }: Surroundings): Promise<void> {
  const [fresh, old] = [`${path}.new`, `${path}.old`];
  for (const folder of [fresh, old]) await rm(folder, { recursive: true, force: true });
  const quietly = (args: readonly string[], folder?: string) =>
    git.run({ args, parseBytes: () => undefined }, { signal, ...(folder === undefined ? {} : { folder }) });
  await quietly(["init", "--bare", "--", fresh]);
  await quietly(["config", "remote.origin.url", source.url], fresh);
  await openRepository(gitFolder({ git, signal, ...source, path: fresh })).fetchBase(source.branch);
  if (await exists(path)) await rename(path, old);
  await rename(fresh, path);
  await rm(old, { recursive: true, force: true });
}

async function isOf(path: string, url: string, { git, signal }: Surroundings): Promise<boolean> {
  if (!(await exists(path))) return false;
  const origin: GitBytesTask<string> = {
    args: ["config", "--default", "", "--get", "remote.origin.url"],
    parseBytes: (stdout) => stdout.toString().trim(),
  };
  try {
    return (await git.run(origin, { folder: path, signal })) === url;
  } catch (error) {
    if (error instanceof TransientError && error.code === "GIT_CORRUPT_CACHE") return false;
    throw error;
  }
}

/** Locks of a git that was killed: nobody else is at work here, the installation's lock says so. */
async function removeLocks(path: string): Promise<void> {
  if (!(await exists(path))) return;
  const names = await readdir(path, { recursive: true });
  for (const name of names) if (name.endsWith(".lock")) await rm(join(path, name), { force: true });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
