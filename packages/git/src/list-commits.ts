import type { GitTask } from "./git-task.ts";
import type { Commit } from "./repository.ts";

/** See `Repository.listCommits`. */
export function listCommits(base: string, head: string): GitTask<readonly Commit[]> {
  return { args: ["rev-list", "--header", `${base}..${head}`, "--"], parse: parseCommits };
}

/** One commit. Its parents are named even if the cache has not got them. */
export function readCommit(id: string): GitTask<Commit | undefined> {
  return { args: ["rev-list", "--header", "--no-walk", id, "--"], parse: (stdout) => parseCommits(stdout)[0] };
}

/** `<id>\n<the commit object, its message indented by four>\0` each. */
function parseCommits(stdout: string): readonly Commit[] {
  return stdout
    .split("\0")
    .filter((record) => record !== "")
    .map(parseCommit);
}

function parseCommit(record: string): Commit {
  const headEnd = record.indexOf("\n\n");
  const head = record.slice(0, headEnd).split("\n");
  const valuesOf = (key: string) => head.filter((line) => line.startsWith(key)).map((line) => line.slice(key.length));
  return {
    id: head[0] ?? "",
    tree: valuesOf("tree ")[0] ?? "",
    parents: valuesOf("parent "),
    message: record.slice(headEnd + 2).replace(/^ {4}/gm, ""),
  };
}
