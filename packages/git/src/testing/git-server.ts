import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runGit } from "./run-git.ts";

/** What the server does with a request instead of answering it. */
type Fault =
  | { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: "hang" }
  /** The connection breaks after so many bytes of the answer. */
  | { readonly kind: "cut"; readonly afterBytes: number };

interface SeenRequest {
  readonly path: string;
  readonly authorization: string | undefined;
}

/** Smart HTTP over `git http-backend`, with one password for all, and faults on demand. */
export interface GitServer extends AsyncDisposable {
  readonly origin: string;
  readonly root: string;
  readonly requests: SeenRequest[];
  /** Bytes answered since the start, headers aside. */
  readonly bytesSent: () => number;
  /** Bytes asked with. */
  readonly bytesReceived: () => number;
  fault: ((path: string) => Fault | undefined) | undefined;
  /** Makes `<root>/<name>.git`, bare and empty, branch `main`, open to partial clones. */
  createRepository(name: string): Promise<{ readonly url: string; readonly folder: string }>;
}

export const serverToken = "ghs_testtoken0123456789";
const expected = `Basic ${Buffer.from(`x-access-token:${serverToken}`).toString("base64")}`;

export async function startGitServer(): Promise<GitServer> {
  const root = await mkdtemp(join(tmpdir(), "lockstep-git-server-"));
  const requests: SeenRequest[] = [];
  let sent = 0;
  let received = 0;
  const http = createServer((request, response) => {
    const path = request.url ?? "/";
    requests.push({ path, authorization: request.headers.authorization });
    const fault = server.fault?.(path);
    if (fault?.kind === "hang") return;
    if (fault?.kind === "status") return void response.writeHead(fault.status, fault.headers).end("no");
    if (request.headers.authorization !== expected) {
      return void response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
    }
    request.on("data", (chunk: Buffer) => (received += chunk.length));
    const answer = serve(root, request, response).on("data", (chunk: Buffer) => (sent += chunk.length));
    if (fault?.kind === "cut") cutAfter(answer, response, fault.afterBytes);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const server: GitServer = {
    origin,
    root,
    requests,
    bytesSent: () => sent,
    bytesReceived: () => received,
    fault: undefined,
    async createRepository(name) {
      const folder = join(root, `${name}.git`);
      await runGit(root, ["init", "--quiet", "--bare", "--initial-branch=main", folder]);
      for (const key of ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant", "http.receivepack"]) {
        await runGit(folder, ["config", key, "true"]);
      }
      return { url: `${origin}/${name}.git`, folder };
    },
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await rm(root, { recursive: true, force: true });
    },
  };
  return server;
}

function cutAfter(answer: Readable, response: ServerResponse, most: number): void {
  let seen = 0;
  answer.on("data", (chunk: Buffer) => {
    seen += chunk.length;
    if (seen > most) response.socket?.destroy();
  });
}

function serve(root: string, request: IncomingMessage, response: ServerResponse): Readable {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://git");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      REMOTE_USER: "tester",
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: searchParams.toString(),
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(child.stdin);
  let head: Buffer | undefined = Buffer.alloc(0);
  child.stdout.on("data", (chunk: Buffer) => {
    if (head === undefined) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end === -1) return;
    writeHead(head.subarray(0, end).toString(), response);
    response.write(head.subarray(end + 4));
    head = undefined;
  });
  child.on("close", () => response.end());
  return child.stdout;
}

function writeHead(cgi: string, response: ServerResponse): void {
  for (const line of cgi.split("\r\n")) {
    const [name = "", value = ""] = line.split(/:\s*/, 2);
    if (name.toLowerCase() === "status") response.statusCode = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
}
