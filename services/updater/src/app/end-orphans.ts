import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../store/file-system.ts";

/**
 * Ends processes of this installation that outlived an updater which was killed: their environment names a release of
 * this root. The caller holds the installation's lock, so nobody else started them. Does nothing where there is no
 * `/proc`. Returns how many there were.
 */
export async function endOrphans(root: string): Promise<number> {
  const mark = `LOCKSTEP_RELEASE=${join(root, "releases")}/`;
  const names = await readdir("/proc").catch(() => []);
  let ended = 0;
  for (const name of names) {
    const pid = Number(name);
    if (!Number.isSafeInteger(pid) || pid === process.pid) continue;
    // Processes of others cannot be read, and some are gone by now.
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    if (!environment.split("\0").some((entry) => entry.startsWith(mark))) continue;
    try {
      process.kill(pid, "SIGKILL");
      ended += 1;
    } catch (error) {
      if (codeOf(error) !== "ESRCH") throw error;
    }
  }
  return ended;
}
