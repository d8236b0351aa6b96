import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tryKillPoints } from "../services/updater/src/store/testing/kill-points.ts";

/** An update, killed with -9 before each of its file-system operations: how many leave the installation whole. */
export async function run({ json }: { json: boolean }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "lockstep-killpoints-"));
  try {
    const { points, consistent, converged, faults } = await tryKillPoints(folder);
    if (json) console.log(JSON.stringify({ points, consistent, converged }));
    else console.log(`${points} points: ${consistent} consistent, ${converged} converged at the next start`);
    for (const fault of faults) console.error(fault);
    if (consistent < points || converged < points) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
