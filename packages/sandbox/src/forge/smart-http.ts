import { join } from "node:path";
import { Readable } from "node:stream";
import { constants, gunzipSync } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { followRefs } from "./follow-refs.ts";
import { runHttpBackend, type CgiResponse } from "./git/http-backend.ts";
import { rewriteReasons } from "./git/report-status.ts";
import { admitGit, type GitParams, type GitRequest } from "./admit-git.ts";
import { reasonFor, refusalEnvironment, refusalsFor, type Refusal } from "./refuse-push.ts";
import { preciseNow, type GitCall } from "./request-log.ts";
import { drop } from "./rest/dispatch.ts";
import { fullName } from "./state.ts";
import { sitOut, strike, type Strike } from "./strike.ts";
import type { World } from "./world.ts";

/** Serves the repositories by git's smart HTTP, through `git http-backend`, with GitHub's answers to who may not. */
export function serveGit(app: FastifyInstance, world: World): void {
  app.addContentTypeParser(/^application\/x-git-/, (_request, payload, done) => done(null, payload));
  const handler = async (request: FastifyRequest<{ Params: GitParams }>, reply: FastifyReply) => {
    const [path = ""] = request.url.split("?", 1);
    const faults = strike(world.faults.take(request.method, path));
    await sitOut(faults, world.ended);
    if (faults.instead === "drop") return drop(reply);
    if (faults.instead !== undefined) {
      const { status, body, headers = {} } = faults.instead;
      return await reply.code(status).headers(headers).send(body);
    }
    const git = admitGit(world, request);
    if ("refused" in git) return await reply.code(git.refused).headers(git.headers).type("text/plain").send(git.words);
    return await transfer(world, git, { request, reply, faults });
  };
  app.get("/:owner/:name/info/refs", handler);
  app.post("/:owner/:name/git-upload-pack", handler);
  app.post("/:owner/:name/git-receive-pack", handler);
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly faults: Strike;
}

interface Count {
  requestBytes: number;
  responseBytes: number;
  command: GitCall["command"];
}

async function transfer(world: World, git: GitRequest, { request, reply, faults }: Exchange): Promise<FastifyReply> {
  const at = preciseNow();
  const count: Count = { requestBytes: 0, responseBytes: 0, command: undefined };
  const refusals = git.service === "receive-pack" ? refusalsFor(git.repository, faults.refusals) : [];
  const response = await backend(world, git, { request, refusals, count });
  const isPush = git.service === "receive-pack" && git.rest !== "info/refs";
  // Before the answer ends: whoever pushed finds its pull request moved.
  const followed = response.exited.then(() => (isPush ? followRefs(world, git.repository, git.login) : undefined));
  const log = () => {
    const { requestBytes, responseBytes, command } = count;
    const bytes = { requestBytes, responseBytes, ms: preciseNow() - at };
    world.log.add({ ...describe(git), at, command, status: response.status, ...bytes });
  };
  const body = countBytes(response, count, { followed, log });
  reply.raw.once("close", () => response.kill());
  if (faults.afterwards !== undefined) {
    await Array.fromAsync(body);
    return faults.afterwards === "drop" ? dropMidway(reply) : await reply.code(faults.afterwards.status).send();
  }
  void reply.code(response.status).headers({ ...response.headers, ...faults.headers });
  if (refusals.length === 0 || !isPush) return await reply.send(Readable.from(body, { objectMode: false }));
  const answer = Buffer.concat(await Array.fromAsync(body));
  return await reply.send(rewriteReasons(answer, (ref) => reasonFor(refusals, ref)));
}

/**
 * Cuts the connection in the middle of an answer: curl sends a request again, and so makes it twice, where a kept
 * connection ends before any answer.
 */
function dropMidway(reply: FastifyReply): FastifyReply {
  void reply.hijack();
  reply.raw.writeHead(200, { "content-length": "1000" }).write(" ", () => reply.raw.destroy());
  return reply;
}

interface Backend {
  readonly request: FastifyRequest;
  readonly refusals: readonly Refusal[];
  readonly count: Count;
}

function backend(world: World, git: GitRequest, { request, refusals, count }: Backend): Promise<CgiResponse> {
  const isGzip = request.headers["content-encoding"] === "gzip";
  return runHttpBackend({
    program: world.httpBackend,
    root: join(world.folder, "git"),
    path: `/${fullName(git.repository)}.git/${git.rest}`,
    query: request.url.split("?")[1] ?? "",
    method: request.method,
    headers: request.headers,
    remoteUser: git.service === "receive-pack" ? git.login : undefined,
    env: refusalEnvironment(world.hooks, refusals),
    body: request.body instanceof Readable ? request.body : undefined,
    onRequestChunk(chunk) {
      count.requestBytes += chunk.length;
      count.command ??= commandOf(git, isGzip ? unzipStart(chunk) : chunk);
    },
  });
}

async function* countBytes(
  response: CgiResponse,
  count: Count,
  { followed, log }: { readonly followed: Promise<void>; readonly log: () => void },
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of response.body) {
      count.responseBytes += chunk.length;
      yield chunk;
    }
  } finally {
    await followed;
    log();
  }
}

function describe({ repository, service, login, rest }: GitRequest) {
  const phase = rest === "info/refs" ? "refs" : "transfer";
  return { kind: "git", repository: fullName(repository), service, phase, login } as const;
}

function commandOf({ service }: GitRequest, start: Buffer): GitCall["command"] {
  if (service === "receive-pack") return "push";
  return start.includes("command=ls-refs") ? "ls-refs" : "fetch";
}

/** What the first chunk of a compressed request begins with. */
function unzipStart(chunk: Buffer): Buffer {
  return gunzipSync(chunk, { finishFlush: constants.Z_SYNC_FLUSH });
}
