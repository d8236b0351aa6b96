import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { authenticate, covers } from "../authenticate.ts";
import { preciseNow } from "../request-log.ts";
import { findRepository, fullName, rememberContent, type Repository } from "../state.ts";
import type { World } from "../world.ts";
import type { Matched } from "../openapi/check.ts";
import {
  ApiError,
  notFound,
  type Answer,
  type Call,
  type Caller,
  type Operation,
  type RepositoryOperation,
} from "./operation.ts";
import { operations } from "./operations.ts";

/** Serves GitHub's REST API under `/api/v3`. */
export function serveRest(app: FastifyInstance, world: World): void {
  app.addContentTypeParser("application/json", { parseAs: "string", bodyLimit: 8 << 20 }, (_request, text, done) =>
    done(null, text),
  );
  app.all("/api/v3/*", async (request, reply) => {
    const at = preciseNow();
    const [path = "", query = ""] = request.url.split("?", 2);
    const matched = world.check.match({ method: request.method, path });
    const { answer, login } = await respond(world, { request, matched, path, query });
    const call = { kind: "api", at, method: request.method, path, query, login } as const;
    world.log.add({ ...call, operation: matched?.id, status: answer.status, ms: preciseNow() - at });
    return send(reply, answer);
  });
}

interface Incoming {
  readonly request: FastifyRequest;
  readonly matched: Matched | undefined;
  readonly path: string;
  readonly query: string;
}

async function respond(world: World, incoming: Incoming): Promise<{ answer: Answer; login?: string | undefined }> {
  let login: string | undefined;
  try {
    const caller = authenticate(world, incoming.request.headers.authorization);
    login = caller.user?.login;
    return { answer: await perform(world, incoming, caller), login };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { answer: errorAnswer(error), login };
  }
}

async function perform(world: World, { request, matched, path, query }: Incoming, caller: Caller): Promise<Answer> {
  const operation = matched === undefined ? undefined : operations.get(matched.id);
  if (matched === undefined || operation === undefined) throw notFound();
  const body = parseBody(request.body);
  const faults = world.check.request(matched, { method: request.method, path, query, body, headers: {} });
  if (faults.length > 0) throw new ApiError(422, `Invalid request.\n\n${faults.join("\n")}`);
  const call: Call = {
    world,
    caller,
    params: matched.params,
    query: Object.fromEntries(new URLSearchParams(query)),
    body,
    url: request.url,
  };
  const answer = await run(operation, call, request.method);
  const broken = world.check.response(matched, answer.status, answer.body);
  if (broken.length > 0) throw new ApiError(500, `The answer breaks GitHub's description: ${broken.join("; ")}`);
  return answer;
}

async function run(operation: Operation | RepositoryOperation, call: Call, method: string): Promise<Answer> {
  if ("answer" in operation) return await operation.answer(call);
  const repository = admitted(operation, call);
  const { user } = call.caller;
  if (method === "GET") return await operation.answerIn({ ...call, repository, user: user ?? ghost });
  if (user === undefined) throw new ApiError(401, "Requires authentication");
  if (repository.settings.archived) throw new ApiError(403, "Repository was archived so is read-only.");
  return await inTurn(repository, async () => {
    rememberContent(repository);
    const answer = await operation.answerIn({ ...call, repository, user });
    call.world.changed();
    return answer;
  });
}

const ghost = { id: 10137, login: "ghost", type: "User" } as const;
const turns = new WeakMap<Repository, Promise<unknown>>();

/** One write at a time in a repository: what is checked still holds when it is acted on. */
async function inTurn<Result>(repository: Repository, write: () => Promise<Result>): Promise<Result> {
  const turn = (turns.get(repository) ?? Promise.resolve()).then(write);
  turns.set(
    repository,
    turn.then(
      () => undefined,
      () => undefined,
    ),
  );
  return await turn;
}

function admitted({ needs }: RepositoryOperation, { world, caller, params }: Call): Repository {
  const repository = findRepository(world.state, `${params["owner"]}/${params["repo"]}`);
  const permission = repository === undefined ? "none" : caller.permission(repository);
  if (repository === undefined || permission === "none") throw notFound();
  if (covers(permission, needs)) return repository;
  if (caller.user === undefined) throw new ApiError(401, "Requires authentication");
  const who = caller.installationId === undefined ? "personal access token" : "integration";
  throw new ApiError(403, `Resource not accessible by ${who}`, [{ repository: fullName(repository) }]);
}

function parseBody(text: unknown): unknown {
  if (typeof text !== "string" || text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiError(400, "Problems parsing JSON");
  }
}

function errorAnswer({ status, message, errors }: ApiError): Answer {
  const documentation = { documentation_url: "https://docs.github.com/rest", status: String(status) };
  return { status, body: { message, ...(errors === undefined ? {} : { errors }), ...documentation } };
}

function send(reply: FastifyReply, { status, body, headers = {} }: Answer): FastifyReply {
  void reply.code(status).headers({ ...headers, "x-github-media-type": "github.v3; format=json" });
  return body === undefined ? reply.send() : reply.type("application/json; charset=utf-8").send(JSON.stringify(body));
}
