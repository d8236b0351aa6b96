import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, readdir, rm } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { join } from "node:path";
import { machineFileSystem } from "../file-system.ts";
import { Installation } from "../installation.ts";
import { asInstalled, readInstalled } from "./installed.ts";
import { newFiles, newModels, oldFiles, oldModels, sampleComponent, samplePlan } from "./sample-release.ts";

export const wholeOld = asInstalled({ backend: oldFiles, models: oldModels });
export const wholeNew = asInstalled({ backend: newFiles, models: newModels });

/** Installs the old release of the sample. */
export async function installSample(root: string): Promise<void> {
  const installation = await Installation.open({ files: machineFileSystem, root, keep: 3 });
  const fresh = [sampleComponent("backend", "1.0.0", oldFiles), sampleComponent("models", 1, oldModels)];
  await installation.switch(await installation.stage(samplePlan(fresh)));
  await installation.confirm([]);
}

/** Updates it to the new one. */
export async function updateSample(installation: Installation): Promise<void> {
  const kept = (await installation.current())?.components ?? {};
  await installation.keepEdits();
  const fresh = [sampleComponent("backend", "2.0.0", newFiles), sampleComponent("models", 2, newModels)];
  await installation.switch(await installation.stage(samplePlan(fresh, kept)));
  await installation.confirm([]);
}

interface KillPoints {
  /** File-system operations of the update: each was the last before a kill -9 once. */
  readonly points: number;
  /** After how many of the kills the installation was wholly old or wholly new. */
  readonly consistent: number;
  /** How many were wholly new, with nothing left over, after the next start. */
  readonly converged: number;
  readonly faults: readonly string[];
}

/** Updates a sample in a process of its own as often as the update has operations, and kills it before each of them. */
export async function tryKillPoints(folder: string): Promise<KillPoints> {
  const before = join(folder, "before");
  await installSample(before);
  const fresh = async (name: string) => {
    await cp(before, join(folder, name), { recursive: true, verbatimSymlinks: true });
    return join(folder, name);
  };
  const points = Number((await dieAt(await fresh("survives"), 0)).out);
  const result = { points, consistent: 0, converged: 0, faults: [] as string[] };
  const numbers = Array.from({ length: points }, (_, index) => index + 1).values();
  const worker = async () => {
    for (const point of numbers) {
      const root = await fresh(`at-${point}`);
      const { signal } = await dieAt(root, point);
      if (signal !== "SIGKILL") result.faults.push(`${point}: was not killed`);
      const found = await readInstalled(root);
      if (isDeepStrictEqual(found, wholeOld) || isDeepStrictEqual(found, wholeNew)) result.consistent += 1;
      else result.faults.push(`${point}: ${JSON.stringify(found)}`);
      await updateSample(await Installation.open({ files: machineFileSystem, root, keep: 3 }));
      const left = (await readdir(root, { recursive: true })).filter((name) => /\.(new|old)$/.test(name));
      if (isDeepStrictEqual(await readInstalled(root), wholeNew) && left.length === 0) result.converged += 1;
      else result.faults.push(`${point}: did not converge, left ${left.join(", ")}`);
      await rm(root, { recursive: true, force: true });
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  return result;
}

async function dieAt(root: string, point: number): Promise<{ readonly signal: string | null; readonly out: string }> {
  const script = join(import.meta.dirname, "update-and-die.fixture.ts");
  const child = spawn(process.execPath, [script, root, String(point)], { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  const [, signal] = (await once(child, "close")) as [number | null, string | null];
  return { signal, out };
}
