import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runGit } from "../forge/git/run-git.ts";
import { createCatalog, EditRefusedError, type Catalog, type Catalogs } from "./catalogs.ts";

export interface HistoryOptions {
  /** A repository's folder, or a bundle. */
  readonly repository: string;
  /** The file in it. */
  readonly path: string;
  /** The name under which the file is served. */
  readonly category: string;
  /** Default: the repository's HEAD, or its first branch. */
  readonly ref?: string;
}

export interface Revision {
  /** Counts from 0, the oldest. */
  readonly index: number;
  readonly commit: string;
  /** The committer's time, in seconds. */
  readonly at: number;
}

/** The revisions of one file, one at a time: a recorded source, played back. */
export interface History extends AsyncDisposable {
  readonly catalogs: Catalogs;
  readonly revisions: readonly Revision[];
  current(): Revision;
  /** By index, negative from the end, or by commit. Throws where there is none. */
  goTo(revision: number | string): Revision;
}

/** Opens a history at its first revision; a bundle is unpacked into a temporary folder. */
export async function openHistory(options: HistoryOptions): Promise<History> {
  const { folder, dispose } = await openRepository(resolve(options.repository));
  const revisions = await readRevisions(folder, options);
  const [first] = revisions;
  if (first === undefined) throw new Error(`${options.path} has no history in ${options.repository}`);
  let at = first;
  const cache = new Map<string, Promise<Catalog | undefined>>();
  const load = (revision: Revision) => {
    const known = cache.get(revision.commit) ?? readCatalog(folder, options.path, revision);
    cache.set(revision.commit, known);
    return known;
  };
  const read = async (revision: Revision) => {
    const catalog = await load(revision);
    cache.clear();
    cache.set(revision.commit, Promise.resolve(catalog));
    const next = revisions[revision.index + 1];
    // Played in order, the next revision is ready when it is asked for; a fault in reading it shows then.
    if (next !== undefined) load(next).catch(() => cache.delete(next.commit));
    return catalog;
  };
  return {
    revisions,
    current: () => at,
    goTo(revision) {
      const found =
        typeof revision === "number"
          ? revisions.at(revision)
          : revisions.find(({ commit }) => commit.startsWith(revision));
      if (found === undefined) throw new Error(`there is no revision ${revision} of ${options.path}`);
      return (at = found);
    },
    catalogs: {
      categories: () => Promise.resolve([options.category]),
      read: (category) => (category === options.category ? read(at) : Promise.resolve(undefined)),
      write: () => Promise.reject(new EditRefusedError("A history is not edited: go to another revision.")),
    },
    [Symbol.asyncDispose]: dispose,
  };
}

async function openRepository(
  path: string,
): Promise<{ readonly folder: string; readonly dispose: () => Promise<void> }> {
  if ((await stat(path)).isDirectory()) return { folder: path, dispose: () => Promise.resolve() };
  const folder = await mkdtemp(join(tmpdir(), "lockstep-history-"));
  await runGit(folder, ["clone", "--quiet", "--mirror", path, "."]);
  return { folder, dispose: () => rm(folder, { recursive: true, force: true }) };
}

async function readRevisions(folder: string, { path, ref }: HistoryOptions): Promise<readonly Revision[]> {
  const start = ref ?? (await startOf(folder));
  const args = ["log", "--reverse", "--first-parent", "--format=%H %ct", "--end-of-options", start, "--", path];
  const { text } = await runGit(folder, args);
  const lines = text === "" ? [] : text.split("\n");
  return lines.map((line, index) => ({ index, commit: line.slice(0, 40), at: Number(line.slice(41)) }));
}

async function startOf(folder: string): Promise<string> {
  const { code } = await runGit(folder, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], { answers: [1, 128] });
  if (code === 0) return "HEAD";
  const { text } = await runGit(folder, ["for-each-ref", "--count=1", "--format=%(refname)", "refs/heads"]);
  return text;
}

/** Undefined where the file was deleted in that revision. */
async function readCatalog(folder: string, path: string, { commit, at }: Revision): Promise<Catalog | undefined> {
  const { code, stdout } = await runGit(folder, ["cat-file", "blob", `${commit}:${path}`], { answers: [128] });
  return code === 0 ? createCatalog(stdout, at) : undefined;
}
