import type { FastifyInstance, FastifyRequest } from "fastify";
import type { NewRepository } from "./create-repository.ts";
import type { Fault } from "./effects.ts";
import type { NewCommit, RepositoryMethods } from "./repository-methods.ts";
import type { Token } from "./state.ts";
import { addToken } from "./tokens.ts";
import type { World } from "./world.ts";

/**
 * The forge's methods over HTTP, for who is in another process. Under `/_sandbox`:
 * `faults` (POST a Fault; GET; DELETE), `counts` and `log` (GET, `?since=` milliseconds since the epoch),
 * `log` (DELETE), `repositories`, `commits`, `tokens`, `merges`, `hooks` (POST), `pulls?repository=` (GET),
 * `violations` (GET).
 */
export function serveControl(app: FastifyInstance, world: World, methods: RepositoryMethods): void {
  app.post("/_sandbox/faults", (request, reply) => reply.code(201).send(world.faults.add(bodyOf(request) as Fault)));
  app.get("/_sandbox/faults", () => world.faults.list());
  app.delete("/_sandbox/faults", (_request, reply) => {
    world.faults.clear();
    return reply.code(204).send();
  });
  app.delete<{ Params: { id: string } }>("/_sandbox/faults/:id", (request, reply) => {
    world.faults.remove(Number(request.params.id));
    return reply.code(204).send();
  });
  app.get("/_sandbox/counts", (request) => world.log.counts(sinceOf(request)));
  app.get("/_sandbox/log", (request) => world.log.calls(sinceOf(request)));
  app.delete("/_sandbox/log", (_request, reply) => {
    world.log.clear();
    return reply.code(204).send();
  });
  app.get("/_sandbox/violations", () => world.violations);
  serveWorks(app, world, methods);
}

interface Named {
  readonly repository: string;
}

function serveWorks(app: FastifyInstance, world: World, methods: RepositoryMethods): void {
  app.post("/_sandbox/repositories", async (request, reply) =>
    reply.code(201).send(await methods.createRepository(bodyOf(request) as NewRepository)),
  );
  app.post("/_sandbox/commits", async (request, reply) => {
    const { repository, ...commit } = bodyOf(request) as Named & NewCommit;
    return reply.code(201).send({ sha: await methods.commit(repository, commit) });
  });
  app.post("/_sandbox/merges", async (request, reply) => {
    const { repository, number, ...options } = bodyOf(request) as Named & { number: number };
    return reply.code(201).send({ sha: await methods.merge(repository, number, options) });
  });
  app.post("/_sandbox/hooks", (request, reply) => {
    const { repository, ...hook } = bodyOf(request) as Named & { url: string; secret?: string };
    return reply.code(201).send({ id: methods.addWebhook(repository, hook) });
  });
  app.post("/_sandbox/tokens", (request, reply) =>
    reply.code(201).send({ token: addToken(world, bodyOf(request) as Partial<Token> & { login: string }) }),
  );
  app.get("/_sandbox/pulls", (request) => methods.pulls(queryOf(request)["repository"] ?? ""));
}

/** The JSON parser leaves bodies as text, because the REST API must answer broken JSON in GitHub's words. */
function bodyOf(request: FastifyRequest): unknown {
  return JSON.parse(String(request.body));
}

function queryOf(request: FastifyRequest): Readonly<Record<string, string | undefined>> {
  return request.query as Record<string, string | undefined>;
}

function sinceOf(request: FastifyRequest): number {
  return Number(queryOf(request)["since"] ?? 0);
}
