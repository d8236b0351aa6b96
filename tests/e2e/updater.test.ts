import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { updateApplied, type UpdateApplied } from "@lockstep/shared/contracts";
import { repository, startWorld, type World } from "./world.ts";

function release(version: string) {
  const manifest = { min_runtime: 1, components: { backend: { version } } };
  return { "version.json": JSON.stringify(manifest), "backend/main.py": `print("${version}")\n` };
}

async function applied(world: World, version: string): Promise<UpdateApplied> {
  const message = await world.event(({ subject, body }) => {
    if (!subject.startsWith("lockstep.update-applied.")) return false;
    const { result, components } = updateApplied.parse(subject, body);
    return result === "applied" && components.some(({ to }) => to === version);
  });
  return updateApplied.parse(message.subject, message.body);
}

test("an empty installation gets a release, and the next one within seconds of its commit", async () => {
  const root = await mkdtemp(join(tmpdir(), "lockstep-pod-"));
  await using cleaning = new AsyncDisposableStack();
  cleaning.defer(() => rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  await using world = await startWorld({
    configure: ({ github }) => ({
      github,
      routes: {
        studio: {
          kind: "deployment",
          source: { url: `${github.apiUrl.replace("/api/v3", "")}/${repository}.git` },
          components: { backend: { path: "backend" } },
          apply: "auto",
          triggers: { interval: "500ms" },
        },
      },
      updater: { route: "studio", instance: "gpu-1", runtime: 1, root, listen: { host: "127.0.0.1", port: 0 } },
    }),
  });
  await world.forge.commit(repository, { branch: "main", files: release("1.0.0"), message: "Release 1.0.0" });
  for (const name of ["watcher", "comparator", "updater"] as const) world.start(name);
  const installed = () => readFile(join(root, "current", "backend", "main.py"), "utf8");

  expect(await applied(world, "1.0.0")).toMatchObject({ target: "gpu-1", components: [{ from: null }] });
  expect(await installed()).toBe('print("1.0.0")\n');
  await world.forge.commit(repository, { branch: "main", files: release("1.1.0"), message: "Release 1.1.0" });
  expect(await applied(world, "1.1.0")).toMatchObject({ components: [{ name: "backend", from: "1.0.0" }] });
  expect(await installed()).toBe('print("1.1.0")\n');
});
