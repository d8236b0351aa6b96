import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { authenticate } from "../authenticate.ts";
import { rateLimitHeaders } from "../rate-limit.ts";
import { preciseNow } from "../request-log.ts";
import { primaryLimit, sitOut, strike, type Strike } from "../strike.ts";
import type { World } from "../world.ts";
import { withEtag } from "./etag.ts";
import { ApiError, type Answer, type Caller } from "./operation.ts";
import { perform, type Incoming } from "./perform.ts";

/** Serves GitHub's REST API under `/api/v3`. */
export function serveRest(app: FastifyInstance, world: World): void {
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, text, done) => done(null, text));
  app.all("/api/v3", async (request, reply) => await serve(world, request, reply));
  app.all("/api/v3/*", async (request, reply) => await serve(world, request, reply));
}

async function serve(world: World, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const at = preciseNow();
  const [path = "", query = ""] = request.url.split("?", 2);
  const { method } = request;
  const matched = world.check.match({ method, path });
  const faults = strike(world.faults.take(method, path));
  const incoming: Incoming = { method, path, query, matched, text: request.body, stale: faults.stale };
  const { answer, login } = await answerWithFaults(world, { request, incoming, faults });
  const status = answer === "drop" ? 0 : answer.status;
  const call = { kind: "api", at, method, path, query, login, operation: matched?.id, status } as const;
  world.log.add({ ...call, ms: preciseNow() - at });
  return answer === "drop" ? drop(reply) : send(reply, answer, faults);
}

interface Faulty {
  readonly request: FastifyRequest;
  readonly incoming: Incoming;
  readonly faults: Strike;
}

interface Answered {
  readonly answer: Answer | "drop";
  readonly login: string | undefined;
}

async function answerWithFaults(world: World, { request, incoming, faults }: Faulty): Promise<Answered> {
  await sitOut(faults);
  if (faults.instead !== undefined) return { answer: faults.instead, login: undefined };
  const { answer, login } = await answerTruly(world, request, incoming);
  return { answer: faults.afterwards ?? answer, login };
}

async function answerTruly(world: World, request: FastifyRequest, incoming: Incoming): Promise<Answered> {
  let caller: Caller;
  try {
    caller = authenticate(world, request.headers.authorization);
  } catch (error) {
    return { answer: errorAnswer(world, incoming, error), login: undefined };
  }
  const key = caller.token ?? "anonymous";
  const limits = world.limits.of(key);
  const login = caller.user?.login;
  if (limits.remaining === 0 && incoming.matched?.id !== "rate-limit/get")
    return { answer: limited(primaryLimit(403, limits.reset), world, key), login };
  const plain = await perform(world, incoming, caller).catch((error: unknown) => errorAnswer(world, incoming, error));
  const answer = incoming.method === "GET" ? withEtag(plain, request.headers["if-none-match"]) : plain;
  if (answer.status !== 304 && incoming.matched?.id !== "rate-limit/get") world.limits.count(key);
  return { answer: limited(answer, world, key), login };
}

function limited(answer: Answer, world: World, key: string): Answer {
  return { ...answer, headers: { ...rateLimitHeaders(world.limits.of(key)), ...answer.headers } };
}

/** An error in GitHub's form. Anything but an ApiError is a bug of the forge: kept among the violations. */
function errorAnswer(world: World, { method, path }: Incoming, error: unknown): Answer {
  const documentation_url = "https://docs.github.com/rest";
  if (error instanceof ApiError) {
    const { status, message, errors } = error;
    const more = errors === undefined ? {} : { errors };
    return { status, body: { message, ...more, documentation_url, status: String(status) } };
  }
  const message = error instanceof Error ? error.message : String(error);
  world.violations.push(`${method} ${path}: ${message}`);
  return { status: 500, body: { message, documentation_url } };
}

function send(reply: FastifyReply, { status, body, headers = {} }: Answer, faults: Strike): FastifyReply {
  void reply.code(status).headers({ "x-github-media-type": "github.v3; format=json", ...headers, ...faults.headers });
  if (body === undefined) return reply.send();
  if (typeof body === "string") return reply.type("text/html; charset=utf-8").send(body);
  return reply.type("application/json; charset=utf-8").send(JSON.stringify(body));
}

/** Cuts the connection without an answer. */
export function drop(reply: FastifyReply): FastifyReply {
  void reply.hijack();
  reply.raw.destroy();
  return reply;
}
