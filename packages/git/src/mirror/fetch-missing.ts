import { join } from "node:path";
import { TransientError } from "@lockstep/shared/runtime";
import type { GitBytesTask } from "../git-task.ts";
import type { MirrorObjects, MirrorSource } from "./mirror-cache.ts";
import { runAtRemote } from "./remote-access.ts";
import { createStaging } from "./staging.ts";

export interface FetchQuestion {
  /** Objects that must be there. */
  readonly wanted: readonly string[];
  /** Objects that may be there: what destinations have. The source need not send what they lead to. */
  readonly known: readonly string[];
  /** `refs/heads/` and the like: what is fetched where nothing is there yet. */
  readonly prefixes: readonly string[];
}

interface Place {
  readonly source: MirrorSource;
  readonly folder: string;
}

/** A first fetch may be of a big repository. */
const limitMs = 14 * 60_000;
const namedTips = 256;

/** Fetches only what is missing, by object id: a ref that moved meanwhile changes nothing. Holds the cache's lock. */
export async function fetchMissing(
  { source, folder }: Place,
  { wanted, known, prefixes }: FetchQuestion,
  signal: AbortSignal,
): Promise<MirrorObjects> {
  const find = async (oids: readonly string[]) =>
    oids.length === 0 ? new Set<string>() : source.git.run(findObjects([...new Set(oids)]), { folder, signal });
  const tips = known.slice(0, namedTips);
  let here = await find([...wanted, ...tips]);
  const present = tips.filter((oid) => here.has(oid));
  let missing = wanted.filter((oid) => !here.has(oid));
  if (missing.length > 0 && present.length === 0) {
    await fetchAll({ source, folder }, prefixes, signal);
    here = await find([...missing, ...tips]);
    missing = missing.filter((oid) => !here.has(oid));
  }
  if (missing.length > 0) {
    await fetchObjects({ source, folder }, { missing: [...new Set(missing)], present }, signal);
    here = await find(missing);
    if (missing.some((oid) => !here.has(oid)))
      throw new TransientError("GIT_OBJECT_GONE", `${source.url} has ${missing[0]} no more`, {
        hint: "The source was rewritten meanwhile: it is read again.",
      });
  }
  return { folder, known: tips.filter((oid) => here.has(oid) || present.includes(oid)) };
}

/** Answers `<oid> <type> <size>` or `<oid> missing` for each. */
function findObjects(oids: readonly string[]): GitBytesTask<ReadonlySet<string>> {
  return {
    args: ["cat-file", "--batch-check=%(objectname)"],
    input: Buffer.from(`${oids.join("\n")}\n`),
    parseBytes: (stdout) =>
      new Set(
        stdout
          .toString()
          .split("\n")
          .filter((line) => line !== "" && !line.includes(" ")),
      ),
  };
}

/** A pack each, never loose objects: packs are what can be put together later without knowing who needs what. */
const fetchArgs = ["-c", "fetch.unpackLimit=1", "fetch", "--quiet", "--no-tags", "--no-recurse-submodules"];
const quiet = ["--no-auto-maintenance", "--no-write-fetch-head", "--no-show-forced-updates", "--force"];

async function fetchAll({ source, folder }: Place, prefixes: readonly string[], signal: AbortSignal): Promise<void> {
  const refspecs = prefixes.map((prefix) => {
    const whole = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    return `+${whole}*:refs/first/${whole.slice("refs/".length)}*`;
  });
  const args = [...fetchArgs, ...quiet, "--", source.url, ...refspecs];
  await runAtRemote(source, { args, parse: () => undefined, remote: true }, { folder, signal, limitMs });
  // A file for each of 55,000 refs would be looked at before every run, for locks that a dead git left.
  const pack: GitBytesTask<undefined> = { args: ["pack-refs", "--all"], parseBytes: () => undefined };
  await source.git.run(pack, { folder, signal });
}

interface Missing {
  readonly missing: readonly string[];
  /** Objects that are here, with all they lead to. */
  readonly present: readonly string[];
}

/** From a staging repository: git offers the source every ref it has, and checks what came against all of them. */
async function fetchObjects({ source, folder }: Place, { missing, present }: Missing, signal: AbortSignal) {
  const refs = new Map([...new Set(present)].map((oid, index) => [`refs/have/${index}`, oid]));
  await using staging = await createStaging(folder, { refs });
  const input = Buffer.from(`${missing.map((oid, index) => `${oid}:refs/new/${index}`).join("\n")}\n`);
  const task: GitBytesTask<undefined> = {
    args: [...fetchArgs, ...quiet, "--stdin", "--", source.url],
    input,
    remote: true,
    parseBytes: () => undefined,
  };
  const objects = join(folder, "objects");
  await runAtRemote(source, task, { folder: staging.path, objects, signal, limitMs });
}
