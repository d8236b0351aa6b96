import { TransientError } from "@lockstep/shared/errors";
import { fetchArgs } from "./fetch-branches.ts";
import type { GitFolder } from "./git-folder.ts";
import type { GitBytesTask } from "./git-task.ts";

/** See `Repository.readBlobs`. */
export async function readBlobs(folder: GitFolder, blobs: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const wanted = [...new Set(blobs)];
  if (wanted.length === 0) return new Map();
  // A single blob is fetched by the reading itself; several would be fetched one by one.
  if (wanted.length > 1) {
    const missing = await folder.run(listMissing(wanted));
    if (missing.length > 0) await folder.run(fetchObjects(missing));
  }
  return folder.run(catBlobs(wanted));
}

function lines(words: readonly string[]): Buffer {
  return Buffer.from(words.map((word) => `${word}\n`).join(""));
}

/** Those that only the remote has. With `--missing` git does not fetch what it looks for, and here it skips it. */
function listMissing(blobs: readonly string[]): GitBytesTask<readonly string[]> {
  return {
    args: ["rev-list", "--objects", "--no-object-names", "--missing=print", "--ignore-missing", "--stdin"],
    input: lines(blobs),
    parseBytes(stdout) {
      const present = new Set(stdout.toString().split("\n"));
      return blobs.filter((blob) => !present.has(blob));
    },
  };
}

/** As git itself fetches from a promisor: no negotiation, the objects named and nothing else. */
function fetchObjects(oids: readonly string[]): GitBytesTask<undefined> {
  return {
    args: ["-c", "fetch.negotiationAlgorithm=noop", ...fetchArgs, "--filter=blob:none", "--stdin", "origin"],
    input: lines(oids),
    remote: true,
    parseBytes: () => undefined,
  };
}

function catBlobs(blobs: readonly string[]): GitBytesTask<ReadonlyMap<string, Buffer>> {
  return { args: ["cat-file", "--batch"], input: lines(blobs), remote: true, parseBytes: (out) => parseBatch(out) };
}

/** `<oid> <type> <size>\n<bytes>\n` each: https://git-scm.com/docs/git-cat-file, "Batch output". */
function parseBatch(stdout: Buffer): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  let at = 0;
  while (at < stdout.length) {
    const lineEnd = stdout.indexOf(10, at);
    const [oid = "", type = "", size] = stdout.subarray(at, lineEnd).toString().split(" ");
    if (type !== "blob") throw noBlob(oid, type);
    const end = lineEnd + 1 + Number(size);
    found.set(oid, stdout.subarray(lineEnd + 1, end));
    at = end + 1;
  }
  return found;
}

function noBlob(oid: string, type: string): TransientError {
  return new TransientError("GIT_OBJECT_GONE", `${oid} is ${type}, where a file's content was expected`, {
    hint: "The remote was rewritten meanwhile: it is read again.",
  });
}
