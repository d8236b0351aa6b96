import { appendFile, mkdir } from "node:fs/promises";
import { runGit } from "./run-git.ts";

/** What GitHub's own git servers allow and hide. */
const config = `[http]
	receivepack = true
[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
[receive]
	hideRefs = refs/pull
[gc]
	auto = 0
`;

/** Creates an empty bare repository that answers as GitHub's do: partial clones, any object by id, hidden refs/pull. */
export async function createBareRepository(folder: string, branch: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await runGit(folder, ["init", "--quiet", "--bare", "--template=", `--initial-branch=${branch}`, "."]);
  await appendFile(`${folder}/config`, config);
}

export type Refs = ReadonlyMap<string, string>;

/** Every ref of the repository with the object it names. */
export async function readRefs(folder: string): Promise<Refs> {
  const { text } = await runGit(folder, ["for-each-ref", "--format=%(objectname) %(refname)"]);
  const lines = text === "" ? [] : text.split("\n");
  return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
}

export interface RefUpdate {
  readonly ref: string;
  /** The object to name, or undefined to delete the ref. */
  readonly to: string | undefined;
  /** What the ref must name now; absent: anything. */
  readonly from?: string;
}

/** Moves refs all at once or not at all. */
export async function updateRefs(folder: string, updates: readonly RefUpdate[]): Promise<void> {
  if (updates.length === 0) return;
  const commands = updates.map(({ ref, to, from }) =>
    to === undefined ? `delete ${ref}\0${from ?? ""}\0` : `update ${ref}\0${to}\0${from ?? ""}\0`,
  );
  await runGit(folder, ["update-ref", "--stdin", "-z"], { input: commands.join("") });
}
