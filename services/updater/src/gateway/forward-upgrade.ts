import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import type { Backend } from "./backend.ts";
import { upgradeHeaders } from "./forwarded-headers.ts";

const connectMs = 5000;

export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  /** What came after the request's head. */
  readonly head: Buffer;
}

/** Connects a WebSocket to the application, byte by byte, until either side ends it. */
export function forwardUpgrade({ request, socket, head }: Upgrade, backend: Backend): void {
  const upstream = connect({ port: backend.port, host: "127.0.0.1", noDelay: true });
  const drop = () => {
    upstream.destroy();
    socket.destroy();
  };
  backend.join(socket);
  upstream.setTimeout(connectMs, drop);
  socket.setTimeout(0);
  socket.on("error", drop);
  upstream.on("error", drop);
  socket.on("close", drop);
  upstream.on("close", () => socket.end());
  upstream.once("connect", () => {
    upstream.setTimeout(0);
    upstream.write(headOf(request));
    if (head.length > 0) upstream.write(head);
    socket.pipe(upstream);
  });
  upstream.once("data", (first: Buffer) => {
    socket.write(first);
    upstream.pipe(socket);
    if (first.subarray(0, 13).toString("latin1") === "HTTP/1.1 101 ") return;
    // Refused: one answer and no more. What the client sent next would go past the gateway.
    socket.unpipe(upstream);
    upstream.end();
  });
}

function headOf(request: IncomingMessage): string {
  const { method = "GET", url = "/", rawHeaders, headers, socket } = request;
  const words = upgradeHeaders(rawHeaders, { address: socket.remoteAddress, host: headers.host });
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let at = 0; at + 1 < words.length; at += 2) lines.push(`${words[at] ?? ""}: ${words[at + 1] ?? ""}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}
