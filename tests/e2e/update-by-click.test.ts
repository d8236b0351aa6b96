import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { repository, startWorld } from "./world.ts";

const application = fileURLToPath(import.meta.resolve("@lockstep/sandbox/application"));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function release(version: string, app: object = {}) {
  return {
    "version.json": JSON.stringify({ min_runtime: 1, components: { backend: { version } } }),
    "backend/app.json": JSON.stringify({ version, ...app }),
  };
}

/** An installation of the sample application that follows a repository by hand. */
async function startStudio() {
  await using unfinished = new AsyncDisposableStack();
  const root = await mkdtemp(join(tmpdir(), "lockstep-e2e-updater-"));
  unfinished.defer(() => rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  const [port, appPort] = [await freePort(), await freePort()];
  const world = unfinished.use(
    await startWorld({
      configure: ({ github }) => ({
        github,
        routes: {
          studio: {
            kind: "deployment",
            source: { url: `${github.apiUrl.replace("/api/v3", "")}/${repository}.git` },
            components: { backend: { path: "backend", restart: true } },
            triggers: { interval: "1s" },
          },
        },
        updater: {
          route: "studio",
          instance: "gpu-1",
          runtime: 1,
          root,
          listen: { host: "127.0.0.1", port },
          supervise: {
            command: [process.execPath, application],
            port: appPort,
            health: { path: "/health", grace: "3s" },
          },
          switch: { way: "hold", drain: "2s" },
        },
      }),
    }),
  );
  const all = unfinished.move();
  const url = `http://127.0.0.1:${port}`;
  return { world, url, admin: `${url}/api/admin/system`, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

test("a click carries a release from git to the running application, and a broken one back", async () => {
  await using studio = await startStudio();
  const { world, url, admin } = studio;
  await world.forge.commit(repository, { branch: "main", files: release("1.0.0"), message: "Release 1.0.0" });
  for (const name of ["watcher", "comparator"] as const) world.start(name);
  const updater = world.start("updater");
  const version = async () => (await (await fetch(`${admin}/version`)).json()) as { connected: boolean };
  await expect.poll(() => version().catch(() => undefined), { timeout: 20_000 }).toMatchObject({ connected: true });

  expect(await click(`${admin}/check`)).toMatchObject({ result: "offered", components: [{ name: "backend" }] });
  expect(await click(`${admin}/update`)).toMatchObject({ result: "applied", release: 1 });
  expect(await (await fetch(url)).json()).toMatchObject({ version: "1.0.0" });
  expect(await click(`${admin}/update`)).toMatchObject({ result: "up-to-date" });

  const broken = release("1.1.0", { fault: "exits" });
  await world.forge.commit(repository, { branch: "main", files: broken, message: "Release 1.1.0" });
  expect(await click(`${admin}/update`)).toMatchObject({ result: "rolled-back", code: "APP_EXITED" });
  expect(await (await fetch(url)).json()).toMatchObject({ version: "1.0.0" });
  expect(await updater.stop()).toBe(0);
});

async function click(url: string): Promise<unknown> {
  const answer = await fetch(url, { method: "POST" });
  return answer.json();
}
