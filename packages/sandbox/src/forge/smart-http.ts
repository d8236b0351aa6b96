import { join } from "node:path";
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { authenticate, covers } from "./authenticate.ts";
import { followRefs } from "./follow-refs.ts";
import { runHttpBackend, type CgiResponse } from "./git/http-backend.ts";
import { preciseNow, type GitCall } from "./request-log.ts";
import { ApiError, type Caller } from "./rest/operation.ts";
import { findRepository, fullName, type Repository } from "./state.ts";
import type { World } from "./world.ts";

interface GitRequest {
  readonly repository: Repository;
  readonly caller: Caller;
  readonly service: "upload-pack" | "receive-pack";
  readonly rest: string;
}

/** Serves the repositories by git's smart HTTP, through `git http-backend`, with GitHub's answers to who may not. */
export function serveGit(app: FastifyInstance, world: World): void {
  app.addContentTypeParser(/^application\/x-git-/, (_request, payload, done) => done(null, payload));
  const handler = async (request: FastifyRequest<{ Params: GitParams }>, reply: FastifyReply) => {
    const git = admit(world, request, reply);
    return git === undefined ? reply : await transfer(world, git, { request, reply });
  };
  app.get("/:owner/:name/info/refs", handler);
  app.post("/:owner/:name/git-upload-pack", handler);
  app.post("/:owner/:name/git-receive-pack", handler);
}

interface GitParams {
  readonly owner: string;
  readonly name: string;
}

function admit(
  world: World,
  request: FastifyRequest<{ Params: GitParams }>,
  reply: FastifyReply,
): GitRequest | undefined {
  const { owner, name } = request.params;
  const [path = ""] = request.url.split("?", 1);
  const rest = path.split("/").slice(3).join("/");
  const service = request.url.includes("git-receive-pack") ? "receive-pack" : "upload-pack";
  const refuse = (status: number, text: string) => {
    if (status === 401) reply.header("www-authenticate", 'Basic realm="GitHub"');
    void reply.code(status).type("text/plain").send(text);
    return undefined;
  };
  const caller = whoIs(world, request.headers.authorization);
  if (caller === undefined) return refuse(401, "Invalid username or token. Password authentication is not supported.");
  const repository = findRepository(world.state, `${owner}/${name.replace(/\.git$/, "")}`);
  const permission = repository === undefined ? "none" : caller.permission(repository);
  if (caller.user === undefined && (permission === "none" || service === "receive-pack"))
    return refuse(401, "No anonymous write access.");
  if (repository === undefined || permission === "none") return refuse(404, "Repository not found.");
  if (service === "receive-pack" && !covers(permission, "write"))
    return refuse(403, `Permission to ${fullName(repository)}.git denied to ${caller.user?.login}.`);
  if (service === "receive-pack" && repository.settings.archived)
    return refuse(403, "This repository was archived so it is read-only.");
  return { repository, caller, service, rest };
}

function whoIs(world: World, header: string | undefined): Caller | undefined {
  try {
    return authenticate(world, header);
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function transfer(world: World, git: GitRequest, { request, reply }: Exchange): Promise<FastifyReply> {
  const at = preciseNow();
  const count = { requestBytes: 0, responseBytes: 0, command: commandOf(git, undefined) };
  const response = await runHttpBackend({
    root: join(world.folder, "git"),
    path: `/${fullName(git.repository)}.git/${git.rest}`,
    query: request.url.split("?")[1] ?? "",
    method: request.method,
    headers: request.headers,
    remoteUser: git.service === "receive-pack" ? git.caller.user?.login : undefined,
    body: request.body instanceof Readable ? request.body : undefined,
    onRequestBytes: (bytes) => (count.requestBytes += bytes),
  });
  reply.raw.once("close", () => response.kill());
  const finish = async () => {
    // Before the answer ends: whoever pushed finds its pull request moved.
    if (count.command === "push") await followRefs(world, git.repository, git.caller.user?.login ?? "ghost");
    const { requestBytes, responseBytes, command } = count;
    const bytes = { requestBytes, responseBytes, ms: preciseNow() - at };
    world.log.add({ ...describe(git), at, command, status: response.status, ...bytes });
  };
  void reply.code(response.status).headers(response.headers);
  return reply.send(Readable.from(counted(response, (bytes) => (count.responseBytes += bytes), finish)));
}

async function* counted(response: CgiResponse, add: (bytes: number) => void, finish: () => Promise<void>) {
  for await (const chunk of response.body) {
    add(chunk.length);
    yield chunk;
  }
  await finish();
}

function describe({ repository, service, caller, rest }: GitRequest) {
  return {
    kind: "git",
    repository: fullName(repository),
    service,
    phase: rest === "info/refs" ? "refs" : "transfer",
    login: caller.user?.login,
  } as const;
}

function commandOf({ rest, service }: GitRequest, first: Buffer | undefined): GitCall["command"] {
  if (rest === "info/refs") return undefined;
  if (service === "receive-pack") return "push";
  return first?.includes("command=ls-refs") === true ? "ls-refs" : "fetch";
}
