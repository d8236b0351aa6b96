import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLog } from "@lockstep/shared/runtime";
import { Gateway } from "../../gateway/gateway.ts";
import { machineFileSystem } from "../../store/file-system.ts";
import { Installation } from "../../store/installation.ts";
import { sampleComponent, samplePlan } from "../../store/testing/sample-release.ts";
import { freePort } from "../free-port.ts";
import { Supervisor } from "../supervisor.ts";
import { Switcher, type SwitchOutcome, type Way } from "../switcher.ts";

/** What `backend/app.json` of a release of the sample application may say. */
export interface SampleApp {
  readonly version: string | number;
  readonly fault?: string;
  readonly afterMs?: number;
}

const application = fileURLToPath(import.meta.resolve("@lockstep/sandbox/application"));

/** An installation with the sample application, its gateway before it. */
export async function startInstallation(first: SampleApp, options: { readonly graceMs?: number } = {}) {
  const root = await mkdtemp(join(tmpdir(), "lockstep-running-"));
  const stop = new AbortController();
  const log = createLog("updater", { write: () => undefined });
  const installation = await Installation.open({ files: machineFileSystem, root, keep: 3 });
  await installation.switch(await installation.stage(samplePlan([appComponent(first)])));
  await installation.confirm([]);
  const hold = { waitMs: 20_000, most: 10_000 };
  const gateway = await Gateway.listen({ host: "127.0.0.1", port: 0, healthPath: "/health", hold });
  const crashes: string[] = [];
  const supervisor = new Supervisor(
    {
      command: [process.execPath, application],
      port: await freePort(0),
      health: { path: "/health", timeoutMs: 500, graceMs: options.graceMs ?? 3000, websocket: "/ws" },
      stopMs: 500,
      env: { PATH: process.env["PATH"] },
    },
    { gateway, log, signal: stop.signal, onCrashLoop: (tail) => crashes.push(tail) },
  );
  const switching = { drainMs: 5000, settleMs: 400 };
  const switcher = new Switcher({ installation, gateway, supervisor, options: switching, log, signal: stop.signal });
  const begun = await switcher.begin();
  return {
    root,
    begun,
    installation,
    gateway,
    supervisor,
    switcher,
    url: `http://127.0.0.1:${gateway.port}`,
    async update(app: SampleApp, way: Way, extra: Readonly<Record<string, string>> = {}): Promise<SwitchOutcome> {
      const release = await installation.stage({ ...samplePlan([appComponent(app, extra)]), way });
      return switcher.switchTo(release, way);
    },
    async version(): Promise<unknown> {
      const answer = await fetch(`http://127.0.0.1:${gateway.port}/`);
      return answer.ok ? ((await answer.json()) as { version: unknown }).version : answer.status;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await switcher.drained();
      await supervisor.stop();
      await gateway[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function appComponent(app: SampleApp, extra: Readonly<Record<string, string>> = {}) {
  return sampleComponent("backend", app.version, { "app.json": JSON.stringify(app), ...extra });
}
