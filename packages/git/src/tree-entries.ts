import type { GitBytesTask } from "./git-task.ts";
import type { TreeEntry } from "./repository.ts";

/** What stands at these paths of a commit, and the folders on the way to them. */
export function treeEntries(commit: string, paths: readonly string[]): GitBytesTask<ReadonlyMap<string, TreeEntry>> {
  return { args: ["ls-tree", "-z", "-t", commit, "--", ...paths], parseBytes: parseEntries };
}

/** `<mode> <type> <oid>\t<path>\0` each: https://git-scm.com/docs/git-ls-tree, "Output format". */
function parseEntries(stdout: Buffer): ReadonlyMap<string, TreeEntry> {
  const records = stdout.toString().split("\0").slice(0, -1);
  return new Map(
    records.map((record) => {
      const tab = record.indexOf("\t");
      const [mode = "", , oid = ""] = record.slice(0, tab).split(" ");
      return [record.slice(tab + 1), { mode, oid }];
    }),
  );
}
