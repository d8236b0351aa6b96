import { deepen, fetchBase } from "./fetch-branches.ts";
import { filePath } from "./file-path.ts";
import type { GitFolder } from "./git-folder.ts";
import { listCommits } from "./list-commits.ts";
import { deleteBranch, push } from "./push.ts";
import { readBlobs } from "./read-blobs.ts";
import type { Repository } from "./repository.ts";
import { treeEntries } from "./tree-entries.ts";
import { whoseCommits } from "./whose-commits.ts";
import { writeCommit } from "./write-commit.ts";

/** A cached repository in the caller's words; each method is a file of its own. */
export function openRepository(folder: GitFolder): Repository {
  const repository: Repository = {
    folder: folder.path,
    fetchBase: (branch, others) => fetchBase(folder, branch, others),
    deepen: (commits, depth) => deepen(folder, commits, depth),
    async entryAt(commit, path) {
      return (await repository.entriesAt(commit, [path])).get(path);
    },
    async entriesAt(commit, paths) {
      const asked = new Set(paths.map(filePath));
      const entries = await folder.run(treeEntries(commit, [...asked]));
      return new Map([...entries].filter(([path]) => asked.has(path)));
    },
    async readBlob(blob) {
      const [content] = (await readBlobs(folder, [blob])).values();
      if (content === undefined) throw new TypeError("git gave no answer for a blob");
      return content;
    },
    readBlobs: (blobs) => readBlobs(folder, blobs),
    listCommits: (base, head) => folder.run(listCommits(base, head)),
    writeCommit: (plan) => writeCommit(folder, plan),
    push: (update) => push(folder, update),
    deleteBranch: (branch, lease) => deleteBranch(folder, branch, lease),
    whoseCommits: (question) => whoseCommits(folder, question),
  };
  return repository;
}
