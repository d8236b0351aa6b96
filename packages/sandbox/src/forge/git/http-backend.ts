import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { gitEnvironment, runGit } from "./run-git.ts";

export interface CgiRequest {
  /** `git-http-backend` itself: the detour over `git` costs a process. */
  readonly program: string;
  /** The folder that holds all repositories. */
  readonly root: string;
  /** `/OWNER/NAME.git/info/refs` and the like. */
  readonly path: string;
  readonly query: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Set for who may push. */
  readonly remoteUser: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly body: Readable | undefined;
  readonly onRequestChunk: (chunk: Buffer) => void;
}

export interface CgiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it comes. */
  readonly body: AsyncGenerator<Buffer>;
  /** Resolves when git has ended and let go of the repository. */
  readonly exited: Promise<void>;
  /** Ends git, for a client that went away. */
  kill(): void;
}

/** Runs `git http-backend` as the CGI program it is; nothing is held in memory but one chunk. */
export async function runHttpBackend(request: CgiRequest): Promise<CgiResponse> {
  const child = spawn(request.program, [], { env: { ...cgiEnvironment(request), ...request.env } });
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  feed(child, request);
  child.stderr.resume();
  const chunks = child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const { head, rest } = await readHead(chunks);
  return { ...parseHead(head), body: readBody(rest, chunks), exited, kill: () => void child.kill() };
}

function cgiEnvironment({ root, path, query, method, headers, remoteUser }: CgiRequest): Record<string, string> {
  const header = (name: string) => String(headers[name] ?? "");
  return gitEnvironment({
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: "1",
    GIT_PROTOCOL: header("git-protocol"),
    PATH_INFO: path,
    QUERY_STRING: query,
    REQUEST_METHOD: method,
    CONTENT_TYPE: header("content-type"),
    CONTENT_LENGTH: header("content-length"),
    HTTP_CONTENT_ENCODING: header("content-encoding"),
    REMOTE_ADDR: "127.0.0.1",
    ...(remoteUser === undefined ? {} : { REMOTE_USER: remoteUser }),
  });
}

/** A client that goes away, or a git that ends early, ends the copying and nothing else. */
function feed(child: ChildProcessWithoutNullStreams, { body, onRequestChunk }: CgiRequest): void {
  child.stdin.on("error", () => body?.unpipe(child.stdin));
  if (body === undefined) return void child.stdin.end();
  body.on("data", onRequestChunk);
  body.on("error", () => child.kill());
  body.on("close", () => child.stdin.end());
  body.pipe(child.stdin);
}

async function readHead(chunks: AsyncIterator<Buffer>): Promise<{ head: string; rest: Buffer }> {
  let seen: Buffer = Buffer.alloc(0);
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    seen = Buffer.concat([seen, next.value]);
    const end = seen.indexOf("\r\n\r\n");
    if (end >= 0) return { head: seen.subarray(0, end).toString("latin1"), rest: seen.subarray(end + 4) };
  }
  return { head: "Status: 500 Internal Server Error", rest: seen };
}

function parseHead(head: string): Pick<CgiResponse, "status" | "headers"> {
  const pairs = head.split("\r\n").map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const { status = "200", ...headers } = Object.fromEntries(pairs);
  return { status: Number.parseInt(status, 10), headers };
}

async function* readBody(first: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
}

/** Where this machine's git keeps its `git-http-backend`. */
export async function findHttpBackend(folder: string): Promise<string> {
  const { text } = await runGit(folder, ["--exec-path"]);
  return join(text, "git-http-backend");
}
