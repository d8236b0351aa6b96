import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decideBranchOwnership, type JudgedCommit } from "./decide-branch-ownership.ts";
import { hashDelta, readDeltaTrailer, type DeltaEntry } from "./delta-trailer.ts";
import { deepen } from "./fetch-branches.ts";
import type { GitFolder } from "./git-folder.ts";
import type { GitBytesTask } from "./git-task.ts";
import { listCommits, readCommit } from "./list-commits.ts";
import type { BranchOwnership, Commit, OwnershipQuestion } from "./repository.ts";

/** See `Repository.whoseCommits`. */
export async function whoseCommits(folder: GitFolder, question: OwnershipQuestion): Promise<BranchOwnership> {
  const atOnce = decideBranchOwnership({ ...question, commits: undefined });
  if (atOnce.kind !== "look-deeper") return atOnce;
  const commits = await judge(folder, await historyOf(folder, question));
  const decided = decideBranchOwnership({ ...question, commits });
  if (decided.kind === "look-deeper") throw new TypeError("commits were looked at, and yet not");
  return decided;
}

interface History {
  readonly commits: readonly Commit[];
  /** Those at which it ends: without a parent, or with parents that were not fetched. */
  readonly cut: ReadonlySet<string>;
}

/** No history is needed where the only commit stands on the base's tip, which is how we leave a branch. */
async function historyOf(folder: GitFolder, { base, head }: OwnershipQuestion): Promise<History> {
  const tip = await folder.run(readCommit(head));
  if (tip?.parents.length === 1 && tip.parents[0] === base) return { commits: [tip], cut: new Set() };
  await deepen(folder, [base, head]);
  const commits = await folder.run(listCommits(base, head));
  const shallow = new Set(await readShallow(folder));
  const isCut = ({ id, parents }: Commit) => parents.length === 0 || shallow.has(id);
  return { commits, cut: new Set(commits.filter(isCut).map(({ id }) => id)) };
}

/** Git's list of the commits whose parents it has not got: https://git-scm.com/docs/shallow */
async function readShallow(folder: GitFolder): Promise<readonly string[]> {
  try {
    return (await readFile(join(folder.path, "shallow"), "utf8")).split("\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

async function judge(folder: GitFolder, { commits, cut }: History): Promise<readonly JudgedCommit[]> {
  const changes = commits.filter(({ id, parents }) => parents.length === 1 && !cut.has(id));
  const deltas = changes.length === 0 ? new Map<string, string>() : await folder.run(deltasOf(changes));
  const judged: JudgedCommit[] = [];
  for (const { id, tree, parents, message } of commits) {
    if (cut.has(id)) judged.push({ kind: "cut", id });
    else if (parents.length > 1) judged.push({ kind: "merge", id, tree, merged: await mergeAgain(folder, parents) });
    else judged.push({ kind: "change", id, claimed: readDeltaTrailer(message), delta: deltas.get(id) ?? noDelta });
  }
  return judged;
}

const noDelta = hashDelta([]);

/** What each of these commits does, in one process. Parents are named, because git forgets those of a shallow commit. */
function deltasOf(commits: readonly Commit[]): GitBytesTask<ReadonlyMap<string, string>> {
  return {
    args: ["diff-tree", "--stdin", "-r", "--no-renames", "-z"],
    input: Buffer.from(commits.map(({ id, parents }) => `${[id, ...parents].join(" ")}\n`).join("")),
    parseBytes: parseDeltas,
  };
}

/** `<commit>\0`, then `:<mode> <mode> <oid> <oid> <status>\0<path>\0` for each path: git-diff-tree, "Raw output format". */
function parseDeltas(stdout: Buffer): ReadonlyMap<string, string> {
  const entries = new Map<string, DeltaEntry[]>();
  let current: DeltaEntry[] = [];
  const words = stdout.toString().split("\0").values();
  for (const word of words) {
    if (!word.startsWith(":")) {
      entries.set(word, (current = []));
      continue;
    }
    const [, mode = "", , oid = ""] = word.split(" ");
    current.push({ path: words.next().value ?? "", mode, oid });
  }
  return new Map([...entries].map(([id, delta]) => [id, hashDelta(delta)]));
}

/** The tree that merging the parents gives, or undefined where a person had to resolve conflicts. May fetch blobs. */
async function mergeAgain(folder: GitFolder, parents: readonly string[]): Promise<string | undefined> {
  const [ours, theirs, ...more] = parents;
  if (ours === undefined || theirs === undefined || more.length > 0) return undefined;
  return folder.run(mergeTree(ours, theirs));
}

function mergeTree(ours: string, theirs: string): GitBytesTask<string | undefined> {
  return {
    // Histories that were cut look unrelated: then the trees differ, and the merge counts as a person's.
    args: ["merge-tree", "--write-tree", "--allow-unrelated-histories", ours, theirs],
    remote: true,
    answers: [0, 1],
    parseBytes: (stdout, { code }) => (code === 0 ? stdout.toString().trim() : undefined),
  };
}
