import { once } from "node:events";
import { createServer, request as sendRequest, type IncomingMessage, type RequestListener } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { Gateway } from "./gateway.ts";

const hold = { waitMs: 2000, most: 100 };

async function startApp(listener: RequestListener) {
  const server = createServer(listener);
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const listen = (options = {}) =>
  Gateway.listen({ host: "127.0.0.1", port: 0, healthPath: "/health", hold, ...options });
const at = (gateway: Gateway, path = "/") => `http://127.0.0.1:${gateway.port}${path}`;

test("method, path, status, headers and bodies pass both ways; headers of the connection do not", async () => {
  await using app = await startApp((request, response) => {
    response.writeHead(201, { "x-one": "1", "set-cookie": ["a=1", "b=2"], connection: "x-private", "x-private": "no" });
    response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers }));
  });
  await using gateway = await listen();
  gateway.open(app.port);
  const answer = await raw(gateway, {
    method: "PUT",
    path: "/a%2Fb?c=%20",
    headers: { connection: "keep-alive, x-secret", "x-secret": "1", te: "trailers", "x-forwarded-for": "203.0.113.7" },
  });
  expect(answer.status).toBe(201);
  expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
  expect(answer.headers).not.toHaveProperty("x-private");
  const seen = JSON.parse(answer.body) as { method: string; url: string; headers: Record<string, string> };
  expect(seen).toMatchObject({ method: "PUT", url: "/a%2Fb?c=%20" });
  expect(seen.headers).toMatchObject({ "x-forwarded-for": "203.0.113.7, 127.0.0.1", "x-forwarded-proto": "http" });
  expect(seen.headers["x-forwarded-host"]).toBe(`127.0.0.1:${gateway.port}`);
  expect(seen.headers).not.toHaveProperty("x-secret");
  expect(seen.headers).not.toHaveProperty("te");
});

test("an application that does not read stops the sender, so that an upload of any size takes little memory", async () => {
  const { promise: mayRead, resolve: read } = Promise.withResolvers<void>();
  let received = 0;
  await using app = await startApp((request, response) => {
    request.on("end", () => response.end("all"));
    void mayRead.then(() => request.on("data", (chunk: Buffer) => (received += chunk.length)));
  });
  await using gateway = await listen();
  gateway.open(app.port);
  const size = 200 * 1024 ** 2;
  const chunk = Buffer.alloc(1024 ** 2);
  const headers = { "content-length": size };
  const upload = sendRequest({ host: "127.0.0.1", port: gateway.port, method: "POST", headers });
  let sent = 0;
  let isStopped = false;
  while (!isStopped && sent < size) {
    sent += chunk.length;
    if (upload.write(chunk)) continue;
    isStopped = await Promise.race([once(upload, "drain").then(() => false), pause(500).then(() => true)]);
  }
  expect(sent).toBeLessThan(32 * 1024 ** 2);
  read();
  if (upload.writableNeedDrain) await once(upload, "drain");
  for (; sent < size; sent += chunk.length) if (!upload.write(chunk)) await once(upload, "drain");
  upload.end();
  const [response] = (await once(upload, "response")) as [IncomingMessage];
  expect([response.statusCode, received]).toEqual([200, size]);
});

test("events reach the client one by one, the head before the first of them", async () => {
  const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>();
  await using app = await startApp((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    void mayGoOn.then(() => response.write("data: 1\n\n"));
  });
  await using gateway = await listen();
  gateway.open(app.port);
  const answer = await fetch(at(gateway, "/events"));
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  goOn();
  const reader = answer.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value as Uint8Array)).toBe("data: 1\n\n");
  await reader?.cancel();
});

test("a client that goes away ends its request at the application", async () => {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  await using app = await startApp((_request, response) => {
    begin();
    response.on("close", resolve);
  });
  await using gateway = await listen();
  gateway.open(app.port);
  const stop = new AbortController();
  const asked = fetch(at(gateway), { signal: stop.signal }).catch(() => "gone");
  await begun;
  stop.abort();
  expect(await asked).toBe("gone");
  await ended;
});

test("WebSockets pass, and stay open while requests are held and let through again", async () => {
  await using app = await startApp((_request, response) => response.end("ok"));
  await using gateway = await listen();
  gateway.open(app.port);
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/ws`);
  await once(socket, "open");
  gateway.hold();
  gateway.open(app.port);
  socket.send("still here");
  const [message] = (await once(socket, "message")) as [Buffer];
  expect(message.toString()).toBe("still here");
  socket.close();
  await once(socket, "close");
});

test("held requests pass in order once it opens, and none fails", async () => {
  const order: string[] = [];
  await using app = await startApp((request, response) => {
    order.push(request.url ?? "");
    response.end("ok");
  });
  await using gateway = await listen();
  gateway.hold();
  const asked: Promise<Response>[] = [];
  for (let number = 0; number < 20; number += 1) {
    asked.push(fetch(at(gateway, `/${number}`)));
    await expect.poll(() => gateway.held).toBe(number + 1);
  }
  gateway.open(app.port);
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(order).toEqual(Array.from({ length: 20 }, (_, number) => `/${number}`));
});

test("a request that is held too long, or one too many, is told when to come again", async () => {
  await using gateway = await listen({ hold: { waitMs: 30, most: 1 } });
  gateway.hold();
  const [first, second] = await Promise.all([fetch(at(gateway)), fetch(at(gateway))]);
  expect([first.status, second.status]).toEqual([503, 503]);
  expect(first.headers.get("retry-after")).toBe("3");
});

test("in maintenance programs get JSON, people a page that reloads, and the platform a healthy answer", async () => {
  await using gateway = await listen();
  gateway.maintain();
  const page = await fetch(at(gateway), { headers: { accept: "text/html" } });
  expect([page.status, page.headers.get("cache-control")]).toEqual([503, "no-store"]);
  expect(await page.text()).toContain('http-equiv="refresh" content="3"');
  for (const [path, accept] of [
    ["/", "application/json"],
    ["/api/x", "text/html"],
  ] as const) {
    const answer = await fetch(at(gateway, path), { headers: { accept } });
    expect(await answer.json()).toEqual({ detail: "System is updating, please wait..." });
  }
  expect((await fetch(at(gateway, "/health"))).status).toBe(200);
  const socket = connect(gateway.port, "127.0.0.1");
  socket.write("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  const [head] = (await once(socket, "data")) as [Buffer];
  expect(head.toString()).toContain("503");
});

test("an application that is not there is a 502, and its return needs nothing", async () => {
  await using gateway = await listen();
  gateway.open(1);
  expect((await fetch(at(gateway))).status).toBe(502);
});

test("after a refused upgrade nothing more of the client reaches the application past the gateway", async () => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? "");
    response.end("no");
  });
  server.on("upgrade", (request: IncomingMessage, socket) => {
    seen.push(request.url ?? "");
    socket.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  await using gateway = await listen();
  gateway.open((server.address() as AddressInfo).port);
  const socket = connect(gateway.port, "127.0.0.1");
  socket.write("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  await once(socket, "data");
  socket.write("GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
  await Promise.race([once(socket, "close"), pause(200)]);
  expect(seen).toEqual(["/ws"]);
  socket.destroy();
  server.closeAllConnections();
  server.close();
});

interface RawOptions {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
}

async function raw(gateway: Gateway, options: RawOptions) {
  const request = sendRequest({ host: "127.0.0.1", port: gateway.port, ...options }).end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, headers: response.headers, body };
}
