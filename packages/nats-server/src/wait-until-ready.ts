import { access, readFile } from "node:fs/promises";
import { get } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { PermanentError, TransientError } from "@lockstep/shared/errors";
import type { ServerRun } from "./run-server.ts";

/** Where a server listens. */
export interface Addresses {
  readonly url: string;
  readonly monitorUrl: string;
}

export interface Readiness {
  readonly portsFolder: string;
  readonly logFile: string;
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

const lookEveryMs = 2;

/**
 * Waits until a server says where it listens and that it is well: JetStream included, its streams recovered.
 * @throws {PermanentError} NATS_SERVER_START_FAILED: it ended, with the last lines it printed
 * @throws {TransientError} NATS_SERVER_NOT_READY: not within `withinMs`
 */
export async function waitUntilReady(
  run: ServerRun,
  { portsFolder, logFile, ...limits }: Readiness,
): Promise<Addresses> {
  const deadline = Date.now() + limits.withinMs;
  for (;;) {
    limits.signal.throwIfAborted();
    if (run.hasEnded())
      throw new PermanentError("NATS_SERVER_START_FAILED", `nats-server ended:\n${await lastLines(logFile)}`);
    const addresses = await readPorts(portsFolder, run.pid);
    if (addresses !== undefined && (await isHealthy(addresses.monitorUrl))) return addresses;
    if (Date.now() > deadline) {
      const message = `nats-server was not ready within ${limits.withinMs} ms:\n${await lastLines(logFile)}`;
      throw new TransientError("NATS_SERVER_NOT_READY", message);
    }
    await pause(lookEveryMs, undefined, { signal: limits.signal });
  }
}

/** What the server writes when it listens; not there or half written: undefined. */
async function readPorts(folder: string, pid: number): Promise<Addresses | undefined> {
  const file = join(folder, `nats-server_${pid}.ports`);
  const there = await access(file).then(
    () => true,
    () => false,
  );
  const text = there ? await readFile(file, "utf8") : "";
  if (!text.trimEnd().endsWith("}")) return undefined;
  const { nats, monitoring }: { nats?: string[]; monitoring?: string[] } = JSON.parse(text);
  const [url, monitorUrl] = [nats?.[0], monitoring?.[0]];
  return url === undefined || monitorUrl === undefined ? undefined : { url, monitorUrl };
}

async function isHealthy(monitorUrl: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`${monitorUrl}/healthz`, { agent: false, timeout: 1_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}

async function lastLines(logFile: string): Promise<string> {
  return (await readFile(logFile, "utf8")).trimEnd().split("\n").slice(-8).join("\n");
}
