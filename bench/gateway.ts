import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { p50, pace, perSecond, quantile, saturate } from "./http-load.ts";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** What the gateway costs beside the bare application: each a process of its own. */
export async function run({ json }: { json: boolean }): Promise<void> {
  await using app = await startServer("app");
  await using gateway = await startServer("gateway", String(app.port));
  const ports = { bare: app.port, gateway: gateway.port };
  const lines = [];
  for (const [way, port] of Object.entries(ports)) {
    await saturate(port, 32, 1);
    const most = await saturate(port, 32, 4);
    const steady = await pace({ port, perSecond: 500, until: pause(4000) });
    const ms = (percent: number) => Math.round(quantile(steady.latencies, percent) * 100) / 100;
    lines.push({
      way,
      requestsPerSecond: perSecond(most),
      failed: most.failed + steady.failed,
      p50: ms(50),
      p99: ms(99),
      median: p50(steady),
    });
  }
  const [bare, through] = lines;
  if (bare === undefined || through === undefined) throw new Error("nothing was measured");
  for (const { median: _, ...line } of lines)
    console.log(
      json
        ? JSON.stringify(line)
        : `${line.way}: ${line.requestsPerSecond} requests/s, p50 ${line.p50} ms, p99 ${line.p99} ms at 500/s, ${line.failed} failed`,
    );
  const ratio = Math.round((through.requestsPerSecond / bare.requestsPerSecond) * 100) / 100;
  const addedMs = Math.round((through.median - bare.median) * 100) / 100;
  console.log(
    json
      ? JSON.stringify({ way: "ratio", ratio, addedMs })
      : `the gateway reaches ${ratio} of the bare application and adds ${addedMs} ms`,
  );
}

/** `gateway-server.ts ROLE …` as a process; it prints its port. */
async function startServer(...args: string[]): Promise<AsyncDisposable & { readonly port: number }> {
  const child: ChildProcess = spawn(
    process.execPath,
    [join(import.meta.dirname, "peers", "gateway-server.ts"), ...args],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  if (child.stdout === null) throw new Error("no output");
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return {
    port: Number(line.toString()),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
