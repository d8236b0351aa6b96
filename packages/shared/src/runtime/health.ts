import fastify from "fastify";

export interface HealthOptions {
  readonly port: number;
  readonly host: string;
  /** Why the process cannot work right now, `undefined` if it can. */
  readonly notReady: () => string | undefined;
}

/** `/livez`: the process answers. `/readyz`: it can work; 503 with the reason if not. */
export async function startHealth({ port, host, notReady }: HealthOptions): Promise<AsyncDisposable> {
  const server = fastify({ forceCloseConnections: true });
  server.get("/livez", () => ({ status: "ok" }));
  server.get("/readyz", (_request, reply) => {
    const reason = notReady();
    return reply.code(reason === undefined ? 200 : 503).send({ status: reason ?? "ok" });
  });
  await server.listen({ port, host });
  return {
    async [Symbol.asyncDispose]() {
      await server.close();
    },
  };
}
