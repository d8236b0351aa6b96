import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { TransientError } from "@lockstep/shared/errors";

/** Milliseconds to wait for another process's turn to end: longer than any one run takes. */
const patienceMs = 10 * 60_000;
const pollMs = 20;
const sqliteBusy = 5;

/**
 * Does `work` while holding the lock at `path`, against other processes and against this one. It is SQLite's exclusive
 * lock on an empty file: the kernel's, so it ends with its holder, however that dies; there is no process id to
 * mistake in another container and no stale lock to take over. The file stays for ever: a lock on a file that was
 * deleted excludes nobody. TransientError `CACHE_BUSY` after ten minutes.
 */
export async function withLock<Result>(
  path: string,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  await mkdir(dirname(path), { recursive: true });
  using database = new DatabaseSync(path);
  database.exec("PRAGMA busy_timeout = 0");
  const giveUpAt = Date.now() + patienceMs;
  while (!isTaken(database)) {
    if (Date.now() > giveUpAt) throw busy(path);
    signal.throwIfAborted();
    await wait(pollMs);
  }
  return await work();
}

function isTaken(database: DatabaseSync): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === sqliteBusy) return false;
    throw error;
  }
}

function busy(path: string): TransientError {
  return new TransientError("CACHE_BUSY", `another process has held ${path} for ${patienceMs / 60_000} minutes`, {
    hint: "Look for a replica that hangs, or give each replica a cache folder of its own.",
  });
}
