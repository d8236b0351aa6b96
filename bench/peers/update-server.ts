import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startInstallation } from "../../services/updater/src/switch/testing/running.ts";
import type { Way } from "../../services/updater/src/switch/switcher.ts";

/**
 * An installation of the sample application. Prints the gateway's and the application's port; each line of input is a
 * way to update, answered by a line with the outcome. `copy` is how it is done without an updater.
 */
await using world = await startInstallation({ version: 0 });
console.log(JSON.stringify({ gateway: world.gateway.port, app: world.supervisor.app?.port ?? 0 }));
let version = 0;
for await (const way of createInterface({ input: process.stdin })) {
  version += 1;
  const outcome = way === "copy" ? await copyInPlace() : await world.update({ version }, wayNamed(way));
  await world.switcher.drained();
  console.log(JSON.stringify({ kind: outcome.kind, downtimeMs: outcome.downtimeMs }));
}

/** `reload` is a switch of files and a signal that the sample does not need. */
function wayNamed(way: string): Way {
  return way === "plain files" ? "files" : (way as Way);
}

/** Stop, remove, copy, start: at the port it had, with nothing in front. */
async function copyInPlace() {
  const began = performance.now();
  const { supervisor, root } = world;
  const release = (await world.installation.current())?.release ?? 1;
  await supervisor.exclusively(async () => {
    await supervisor.stop();
    const folder = join(root, "releases", String(release));
    await cp(join(folder, "backend/"), join(root, "copy"), { recursive: true, dereference: true });
    await rm(join(root, "copy"), { recursive: true, force: true });
    supervisor.serve(await supervisor.start(folder));
  });
  return { kind: "applied", downtimeMs: Math.round(performance.now() - began) };
}
