import { runGit } from "./run-git.ts";

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

interface Signature {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

const format = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x00%x01";

/** Commits of a range or a ref, newest first; none where git knows no such revision. */
export async function readCommits(folder: string, range: string, limit = 250): Promise<readonly Commit[]> {
  const args = ["log", `--format=${format}`, `--max-count=${limit}`, "--end-of-options", range];
  const { text } = await runGit(folder, args, { answers: [128] });
  const records = text.split("\0\u0001").map((record) => record.trimStart());
  return records.filter((record) => record !== "").map(parseCommit);
}

function parseCommit(record: string): Commit {
  const [sha = "", tree = "", parents = "", ...rest] = record.split("\0");
  const [an = "", ae = "", ad = "", cn = "", ce = "", cd = "", message = ""] = rest;
  return {
    sha,
    tree,
    parents: parents === "" ? [] : parents.split(" "),
    author: { name: an, email: ae, date: ad },
    committer: { name: cn, email: ce, date: cd },
    message: message.trimEnd(),
  };
}

export interface FileChange {
  readonly path: string;
  readonly status: "added" | "removed" | "modified";
  /** The blob after the change, or before it where the file was removed. */
  readonly blob: string;
  readonly additions: number;
  readonly deletions: number;
}

/** The files that differ between the merge base of both and `head`. */
export async function readFileChanges(folder: string, base: string, head: string): Promise<readonly FileChange[]> {
  const args = ["diff", "--raw", "--numstat", "-z", "--no-renames", "--no-abbrev", `${base}...${head}`];
  const { text } = await runGit(folder, args);
  const parts = text.split("\0").filter((part) => part !== "");
  const counts = new Map<string, readonly [number, number]>();
  const raw: (readonly [string, string])[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] ?? "";
    if (part.startsWith(":")) raw.push([part, parts[++at] ?? ""]);
    else {
      const [added, deleted, path = ""] = part.split("\t");
      counts.set(path, [Number(added) || 0, Number(deleted) || 0]);
    }
  }
  return raw.map(([line, path]) => fileChange(line, path, counts.get(path) ?? [0, 0]));
}

const statuses = { A: "added", D: "removed" } as const;

function fileChange(line: string, path: string, [additions, deletions]: readonly [number, number]): FileChange {
  const [, , before = "", after = "", letter = ""] = line.split(" ");
  const status = letter === "A" || letter === "D" ? statuses[letter] : "modified";
  return { path, status, blob: letter === "D" ? before : after, additions, deletions };
}
