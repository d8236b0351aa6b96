import fastify, { type FastifyInstance } from "fastify";
import type { ConfigStore } from "@lockstep/shared/config";
import { SyncError, type Bus, type Log } from "@lockstep/shared/runtime";
import { readStatus } from "./read-status.ts";

export interface Console {
  readonly bus: Bus;
  readonly config: ConfigStore;
  readonly log: Log;
}

/** The console's HTTP face. Reads only; a bus that is away is a 503 that says so. */
export function createConsole({ bus, config, log }: Console): FastifyInstance {
  const server = fastify({ forceCloseConnections: true, requestTimeout: 30_000 });
  server.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store").header("x-content-type-options", "nosniff");
  });
  server.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof SyncError)) log.error({ error }, "request failed");
    const known = error instanceof SyncError;
    return reply
      .code(known ? 503 : 500)
      .send({ code: known ? error.code : "UNEXPECTED", message: known ? error.message : "see the console's log" });
  });
  server.get("/api/status", () => readStatus(bus, config.current));
  return server;
}
