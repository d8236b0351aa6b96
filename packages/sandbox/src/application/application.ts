import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { WebSocketServer } from "ws";
import { z } from "zod";

/** What a release of the sample application says of itself, in `backend/app.json` of its working folder. */
const releaseSchema = z.object({
  version: z.union([z.string(), z.number()]),
  fault: z
    .enum([
      "exits",
      "exits-late",
      "answers-500",
      "hangs",
      "no-websocket",
      "leaks-port",
      "ignores-sigterm",
      "crashes-when-healthy",
    ])
    .optional(),
  /** How long it takes to exit late, or to crash, in ms. */
  afterMs: z.number().default(300),
});
type Release = z.output<typeof releaseSchema>;

/**
 * The sample application of the deployment tests: `GET /` names its version, `/health`, `POST /upload` counts bytes,
 * `/slow?ms=`, `/events` (a stream) and the WebSocket `/ws` (an echo). A release may be broken in several ways.
 */
export async function runApplication(folder: string, port: number): Promise<void> {
  const release = releaseSchema.parse(JSON.parse(await readFile(join(folder, "backend", "app.json"), "utf8")));
  const { fault, afterMs } = release;
  if (fault === "exits") process.exit(3);
  process.on("SIGTERM", () => {
    if (fault !== "ignores-sigterm") process.exit(0);
  });
  if (fault === "leaks-port") leakPort(port);
  const server = createServer((request, response) => {
    void answer({ folder, release }, request, response);
  });
  server.keepAliveTimeout = 5000;
  if (fault !== "no-websocket") echoWebSockets(server);
  if (fault !== "leaks-port") server.listen(port, "127.0.0.1");
  if (fault === "exits-late" || fault === "crashes-when-healthy") {
    await pause(afterMs);
    process.exit(4);
  }
}

/** A child in a group of its own, which outlives the application and holds its port. */
function leakPort(port: number): void {
  const script = `require("node:http").createServer((_, response) => response.end("leaked")).listen(${port}, "127.0.0.1"); setTimeout(() => process.exit(), 5000)`;
  spawn(process.execPath, ["-e", script], { detached: true, stdio: "ignore" }).unref();
  setInterval(() => undefined, 1000);
}

function echoWebSockets(server: Server): void {
  const sockets = new WebSocketServer({ server, path: "/ws" });
  sockets.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
}

interface Running {
  readonly folder: string;
  readonly release: Release;
}

async function answer(running: Running, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { fault, version } = running.release;
  const url = new URL(request.url ?? "/", "http://application");
  if (fault === "hangs") return;
  if (fault === "answers-500") return void response.writeHead(500).end("broken");
  // Later than it says it is healthy.
  if (fault === "exits-late" && url.pathname === "/health") return void response.writeHead(503).end("starting");
  if (url.pathname === "/upload") return void response.end(String(await countBytes(request)));
  if (url.pathname === "/events") return streamEvents(response);
  if (url.pathname === "/headers") return void response.end(JSON.stringify(request.rawHeaders));
  if (url.pathname === "/file")
    return void response.end(await readFile(join(running.folder, url.searchParams.get("path") ?? "")));
  if (url.pathname === "/slow") await pause(Number(url.searchParams.get("ms") ?? 0));
  response.end(JSON.stringify({ version, pid: process.pid }));
}

async function countBytes(request: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of request) bytes += (chunk as Buffer).length;
  return bytes;
}

function streamEvents(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  let number = 0;
  const timer = setInterval(() => response.write(`data: ${(number += 1)}\n\n`), 50);
  response.on("close", () => clearInterval(timer));
}
