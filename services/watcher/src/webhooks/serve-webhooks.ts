import { setTimeout as pause } from "node:timers/promises";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { ConfigStore } from "@lockstep/shared/config";
import { PermanentError, type Log } from "@lockstep/shared/runtime";
import { answerFailure, maxBytes, refusals, type HookAnswer } from "./answer.ts";
import type { ForgeHooks } from "./forge-hooks.ts";
import { genericHooks } from "./generic.ts";
import { giteaHooks } from "./gitea.ts";
import { gitHubHooks } from "./github.ts";
import { gitLabHooks } from "./gitlab.ts";
import type { TakeDelivery } from "./take-delivery.ts";

export interface HookSurroundings {
  readonly config: ConfigStore;
  readonly log: Log;
  readonly take: TakeDelivery;
  /** Told where it listens, and `undefined` when it no longer does. */
  readonly onListening: (address: string | undefined) => void;
}

const forges: readonly ForgeHooks[] = [gitHubHooks, gitLabHooks, giteaHooks, genericHooks];

/** A forge gives up after ten seconds: it must hear from us before. */
const storedWithinMs = 5000;
const receivedWithinMs = 30_000;
const againMs = 5000;
const graceMs = 300;

/**
 * Serves `POST /webhooks/<forge>` until the signal fires, where a secret is configured; follows the configuration.
 * Throws WEBHOOKS_NOT_LISTENING if the address cannot be had at the start.
 */
export async function serveWebhooks(around: HookSurroundings, signal: AbortSignal): Promise<void> {
  const { config, log, onListening } = around;
  const stopped = aborted(signal);
  let changed = Promise.withResolvers<void>();
  config.onChange(() => changed.resolve());
  for (let isStart = true; !signal.aborted; isStart = false) {
    changed = Promise.withResolvers<void>();
    const place = describePlace(config);
    try {
      await using server = await open(around, signal);
      onListening(server?.address);
      if (server !== undefined) log.info({ address: server.address }, "listening for webhooks");
      while (!signal.aborted && describePlace(config) === place) {
        await Promise.race([changed.promise, stopped]);
        changed = Promise.withResolvers<void>();
      }
    } catch (error) {
      if (isStart) throw error;
      log.error({ error }, "cannot listen for webhooks");
      await Promise.race([pause(againMs, undefined, { ref: false }), stopped]);
    } finally {
      onListening(undefined);
    }
  }
}

/** A change of this asks for another server. Secrets are read anew for each delivery. */
function describePlace({ current: { webhooks } }: ConfigStore): string {
  return webhooks.secrets.length === 0 ? "nowhere" : `${webhooks.host} ${webhooks.port}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}

type OpenServer = AsyncDisposable & { readonly address: string };

async function open(around: HookSurroundings, signal: AbortSignal): Promise<OpenServer | undefined> {
  const { host, port, secrets } = around.config.current.webhooks;
  if (secrets.length === 0) return undefined;
  const server = createServer(around, signal);
  try {
    const address = await server.listen({ host, port });
    return { address, [Symbol.asyncDispose]: () => close(server) };
  } catch (error) {
    throw new PermanentError("WEBHOOKS_NOT_LISTENING", `${host}:${port} cannot be listened on for webhooks`, {
      cause: error,
      hint: "is the port another's, or the address not this machine's? see webhooks.host and webhooks.port",
    });
  }
}

/** Whoever is being answered gets the answer, whoever still sends does not keep us. */
async function close(server: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), graceMs);
  await server.close();
  clearTimeout(timer);
}

function createServer(around: HookSurroundings, signal: AbortSignal): FastifyInstance {
  const server = fastify({ bodyLimit: maxBytes, requestTimeout: receivedWithinMs, forceCloseConnections: "idle" });
  server.removeAllContentTypeParsers();
  // The signature is over the bytes as they came.
  server.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  server.setErrorHandler((error: Error & { code?: string }, _request, reply) => {
    if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") return send(reply, refusals.tooLarge);
    if (error.code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") return send(reply, refusals.contentType);
    if (error.code?.startsWith("FST_ERR_CTP")) return send(reply, refusals.unreadable);
    around.log.error({ error }, "webhook failed");
    return send(reply, answerFailure(error));
  });
  for (const forge of forges)
    server.post(
      `/webhooks/${forge.name}${forge.namesRoute ? "/:route" : ""}`,
      {
        // Nobody who cannot sign makes us read 25 MB.
        onRequest: async (request, reply) => {
          if (!forge.isSigned(request.headers)) await send(reply.header("connection", "close"), refusals.unsigned);
        },
      },
      async (request, reply) => send(reply, await receive(around, { forge, request }, signal)),
    );
  return server;
}

function send(reply: FastifyReply, { status, body, headers = {} }: HookAnswer): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}

interface Received {
  readonly forge: ForgeHooks;
  readonly request: FastifyRequest;
}

async function receive(around: HookSurroundings, received: Received, stop: AbortSignal): Promise<HookAnswer> {
  const { config, log, take } = around;
  const { forge, request } = received;
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const { route } = request.params as { route?: string };
  const sent = { headers: request.headers, body, ...(route === undefined ? {} : { rest: route }) };
  if (!(await forge.verify(sent, config.current.webhooks.secrets))) {
    log.info({ forge: forge.name, from: request.ip }, "webhook refused: wrong signature");
    return refusals.unsigned;
  }
  const signal = AbortSignal.any([stop, AbortSignal.timeout(storedWithinMs)]);
  try {
    const delivery = forge.read(sent);
    const taken = await take(delivery, signal);
    const { id, repository, news } = delivery;
    log.info({ delivery: id, repository, news: news.kind, ...taken }, "webhook taken");
    return { status: news.kind === "ping" ? 200 : 202, body: taken };
  } catch (error) {
    log.warn({ error, forge: forge.name }, "webhook not taken");
    return answerFailure(error);
  }
}
