import type { GitTask } from "./git-task.ts";

/** Full ref name → object id. */
export type Refs = ReadonlyMap<string, string>;

/** All refs of a remote, or those that match one of the patterns (`refs/heads/*`), in the remote's order. */
export function listRemoteRefs(url: string, patterns: readonly string[] = []): GitTask<Refs> {
  return { args: ["ls-remote", "--refs", "--", url, ...patterns], parse: parseRefs, remote: true };
}

function parseRefs(stdout: string): Refs {
  const lines = stdout.split("\n").filter((line) => line !== "");
  return new Map(lines.map((line) => line.split("\t", 2) as [string, string]).map(([oid, name]) => [name, oid]));
}
