import { spawn } from "node:child_process";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { pace, quantile } from "./http-load.ts";

const ways = ["none", "hold", "overlap", "maintenance", "reload", "plain files", "copy"] as const;
const webSockets = 100;
const uploadBytes = 200 * 1024 ** 2;
const uploadMs = 4000;

/**
 * An update under 500 requests/s, 100 WebSockets and an upload in flight, each way; `none` is the load alone, `copy`
 * the reference: stop, remove, copy, start. `pnpm bench update [--json] [RUNS]`; medians of so many runs, 5 by default.
 */
export async function run({ json, args }: { json: boolean; args: string[] }): Promise<void> {
  const runs = Number(args[0] ?? 5);
  const baselines: number[] = [];
  for (const way of ways) {
    const seen: Measured[] = [];
    for (let number = 0; number < runs; number += 1) seen.push(await measure(way));
    const median = (field: keyof Measured) =>
      quantile(
        seen.map((one) => one[field]),
        50,
      );
    if (way === "none") baselines.push(median("p999"));
    const line = {
      way,
      requests: median("requests"),
      failedRequests: Math.max(...seen.map(({ failed }) => failed)),
      droppedSockets: Math.max(...seen.map(({ dropped }) => dropped)),
      failedUploads: seen.reduce((sum, { uploadFailed }) => sum + uploadFailed, 0),
      longestMs: round(median("longest")),
      p999Ms: round(median("p999")),
      overBaselineMs: round(median("p999") - (baselines[0] ?? 0)),
      gapMs: round(median("gap")),
      runs,
    };
    console.log(
      json
        ? JSON.stringify(line)
        : Object.entries(line)
            .map(([name, value]) => `${name} ${value}`)
            .join("  "),
    );
  }
}

const round = (ms: number): number => Math.round(ms * 10) / 10;

interface Measured {
  readonly requests: number;
  readonly failed: number;
  readonly dropped: number;
  readonly uploadFailed: number;
  readonly longest: number;
  readonly p999: number;
  readonly gap: number;
}

async function measure(way: (typeof ways)[number]): Promise<Measured> {
  await using server = await startServer();
  // Without an updater nothing stands before the application.
  const port = way === "copy" ? server.ports.app : server.ports.gateway;
  await pace({ port, perSecond: 500, until: pause(1000) });
  const sockets = await openWebSockets(port);
  const upload = uploadSlowly(port).catch(() => 0);
  const over = (async () => {
    await pause(1000);
    const outcome = way === "none" ? { downtimeMs: 0 } : await server.update(way);
    await Promise.all([upload, pause(1000)]);
    return outcome;
  })();
  const droppedBefore = sockets.dropped();
  const load = await pace({ port, perSecond: 500, until: over });
  const { downtimeMs } = await over;
  const dropped = sockets.dropped() - droppedBefore;
  sockets.close();
  return {
    requests: load.latencies.length,
    failed: load.failed,
    dropped,
    uploadFailed: (await upload) === 200 ? 0 : 1,
    longest: Math.max(...load.latencies),
    p999: quantile(load.latencies, 99.9),
    gap: downtimeMs,
  };
}

async function startServer() {
  const script = join(import.meta.dirname, "peers", "update-server.ts");
  const child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value));
  const ports = (await next()) as { readonly gateway: number; readonly app: number };
  return {
    ports,
    async update(way: string) {
      child.stdin.write(`${way}\n`);
      return (await next()) as { readonly kind: string; readonly downtimeMs: number };
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}

/** Opened and left open: one that closes was dropped. */
async function openWebSockets(port: number) {
  let dropped = 0;
  const opened = await Promise.all(
    Array.from({ length: webSockets }, async () => {
      const socket = connect(port, "127.0.0.1");
      const key = "dGhlIHNhbXBsZSBub25jZQ==";
      socket.write(
        `GET /ws HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
      );
      await once(socket, "data");
      socket.on("error", () => undefined);
      socket.on("close", () => (dropped += 1));
      return socket;
    }),
  );
  return { dropped: () => dropped, close: () => opened.forEach((socket) => socket.destroy()) };
}

/** The answer's status. */
async function uploadSlowly(port: number): Promise<number> {
  const headers = { "content-length": uploadBytes };
  const upload = request({ host: "127.0.0.1", port, path: "/upload", method: "POST", headers });
  const answered = once(upload, "response") as Promise<[IncomingMessage]>;
  answered.catch(() => undefined);
  const chunk = Buffer.alloc(1024 ** 2);
  for (let sent = 0; sent < uploadBytes; sent += chunk.length) {
    if (!upload.write(chunk)) await Promise.race([once(upload, "drain"), answered]);
    await pause((uploadMs * chunk.length) / uploadBytes);
  }
  upload.end();
  const [response] = await answered;
  response.resume();
  return response.statusCode ?? 0;
}
