import { chmod, type DisposableTempDir, mkdir, mkdtempDisposable, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PermanentError } from "@lockstep/shared/errors";
import { usableVersion } from "./server-version.ts";

const incomingPrefix = ".incoming-";
const leftBehindAfterMs = 3_600_000;

/** Makes a binary inside the folder it is given, and returns its path. */
export type MakeBinary = (folder: string) => Promise<string>;

/**
 * Has a binary made in a folder beside its destination, sees that it runs and is new enough, and renames it into
 * place. Whoever looks meanwhile sees the whole binary or none, and of two processes that do this at the same time
 * both end with a good one.
 * @returns its version
 * @throws {PermanentError} NATS_CACHE_UNWRITABLE, NATS_SERVER_UNUSABLE, NATS_SERVER_TOO_OLD, and what `make` throws
 */
export async function installBinary(destination: string, make: MakeBinary, signal: AbortSignal): Promise<string> {
  const shelf = dirname(dirname(destination));
  await using folder = await openIncoming(shelf, dirname(destination));
  await removeLeftBehind(shelf);
  const binary = await make(folder.path);
  await chmod(binary, 0o755);
  const version = await usableVersion(binary, signal);
  return (await putInPlace(binary, destination)) ? version : await usableVersion(destination, signal);
}

async function openIncoming(shelf: string, home: string): Promise<DisposableTempDir> {
  try {
    await mkdir(home, { recursive: true });
    return await mkdtempDisposable(join(shelf, incomingPrefix));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const hint = "Set LOCKSTEP_CACHE to a folder that can be written";
    throw new PermanentError("NATS_CACHE_UNWRITABLE", `The cache folder ${shelf} cannot be written: ${why}`, {
      cause,
      hint,
    });
  }
}

/** False where a binary that is running there cannot be replaced (Windows): another process was first. */
async function putInPlace(binary: string, destination: string): Promise<boolean> {
  try {
    await rename(binary, destination);
    return true;
  } catch (error) {
    if (process.platform !== "win32") throw error;
    return false;
  }
}

/** What processes that were killed half-way left on the shelf. */
async function removeLeftBehind(shelf: string): Promise<void> {
  for (const name of await readdir(shelf)) {
    if (!name.startsWith(incomingPrefix)) continue;
    const path = join(shelf, name);
    const found = await stat(path, { throwIfNoEntry: false });
    if (found !== undefined && Date.now() - found.mtimeMs > leftBehindAfterMs)
      await rm(path, { recursive: true, force: true });
  }
}
