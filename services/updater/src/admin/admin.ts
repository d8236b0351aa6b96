import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RunOptions } from "@lockstep/shared/contracts";
import { SyncError, type Log, type Secret } from "@lockstep/shared/runtime";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { z } from "zod";
import type { UpdateReport } from "../update/updater.ts";
import { refusal } from "./authorize.ts";
import type { Control } from "./control.ts";

export const adminPath = "/api/admin/system";

interface AdminOptions {
  readonly control: Control;
  readonly token: Secret | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const names = z.array(z.string().min(1).max(64)).max(200);
const updateBody = z.strictObject({
  skip_components: names.optional(),
  components: names.optional(),
});
const preferencesBody = z.strictObject({ skip_components: names });

/** The administration and its page, to be given requests by the gateway. */
export async function createAdmin(options: AdminOptions): Promise<FastifyInstance> {
  const { token } = options;
  const server = fastify({ bodyLimit: 64 * 1024 });
  server.setErrorHandler((error, _request, reply) => answerError(options.log, error, reply));
  servePage(server);
  await server.register((api, _options, done) => {
    api.addHook("onRequest", async (request, reply) => {
      const status = refusal(askerOf(request), token);
      if (status !== undefined) await reply.code(status).send({ detail: "not allowed" });
    });
    addRoutes(api, options);
    done();
  });
  await server.ready();
  return server;
}

function addRoutes(api: FastifyInstance, { control, signal }: AdminOptions): void {
  api.get(`${adminPath}/version`, () => control.state());
  api.post(`${adminPath}/check`, async () => answerOf(await control.check(signal), control));
  api.post(`${adminPath}/update`, async (request) => {
    const body = updateBody.parse(request.body ?? {});
    await refuseUnknown(control, [...(body.skip_components ?? []), ...(body.components ?? [])]);
    const options = RunOptions.parse({
      apply: true,
      ...(body.skip_components === undefined ? {} : { skipComponents: body.skip_components }),
      ...(body.components === undefined ? {} : { components: body.components }),
    });
    return answerOf(await control.update(options, signal), control);
  });
  api.post(`${adminPath}/rollback`, async () => {
    const outcome = await control.rollBack();
    return { result: outcome.kind, downtime_ms: outcome.downtimeMs };
  });
  api.get(`${adminPath}/preferences`, async () => ({ skip_components: (await control.preferences()).skipComponents }));
  api.put(`${adminPath}/preferences`, async (request) => {
    const body = preferencesBody.parse(request.body);
    await refuseUnknown(control, body.skip_components);
    await control.savePreferences({ skipComponents: body.skip_components });
    return body;
  });
  api.get(`${adminPath}/events`, (_request, reply) => streamProgress(control, reply));
}

class BadRequest extends Error {}

async function refuseUnknown(control: Control, asked: readonly string[]): Promise<void> {
  const known = new Set((await control.state()).components.map(({ name }) => name));
  const unknown = asked.filter((name) => !known.has(name));
  if (unknown.length > 0) throw new BadRequest(`there is no component ${unknown.join(", ")}`);
}

/** Blocked is an answer, not a failure; a manifest that cannot be read is the source's fault. */
async function answerOf(report: UpdateReport, control: Control) {
  if (report.result !== "blocked") return report;
  const { blocked } = await control.state();
  return { ...report, ...blocked, blocked: true };
}

function streamProgress(control: Control, reply: FastifyReply): void {
  reply.hijack();
  reply.raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  reply.raw.write(": welcome\n\n");
  const stop = control.onProgress((progress) => reply.raw.write(`data: ${JSON.stringify(progress)}\n\n`));
  reply.raw.once("close", stop);
}

function servePage(server: FastifyInstance): void {
  const files = { "": "text/html", "page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml" };
  for (const [name, type] of Object.entries(files)) {
    const body = readFileSync(join(import.meta.dirname, "page", name === "" ? "index.html" : name));
    server.get(`${adminPath}/${name}`, (_request, reply) =>
      reply
        .header("content-type", `${type}; charset=utf-8`)
        .header("cache-control", "no-cache")
        .header("content-security-policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'")
        .header("x-content-type-options", "nosniff")
        .send(body),
    );
  }
  server.get(adminPath, (_request, reply) => reply.redirect(`${adminPath}/`));
}

function askerOf({ socket, headers }: FastifyRequest) {
  const { authorization, host, origin } = headers;
  const forwarded = headers["x-forwarded-for"] !== undefined || headers["forwarded"] !== undefined;
  return { address: socket.remoteAddress, authorization, host, origin, forwarded };
}

const statuses: Readonly<Record<string, number>> = {
  UPDATE_BUSY: 409,
  NO_PREVIOUS_RELEASE: 409,
  MANIFEST_INVALID: 422,
};

function answerError(log: Log, error: unknown, reply: FastifyReply) {
  if (error instanceof BadRequest) return reply.code(400).send({ detail: error.message });
  if (error instanceof z.ZodError) return reply.code(400).send({ detail: z.prettifyError(error) });
  if (error instanceof SyncError) {
    const status = statuses[error.code] ?? 503;
    return reply.code(status).send({ detail: error.message, code: error.code, hint: error.hint });
  }
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  if (status >= 500) log.error({ error }, "administration failed");
  return reply.code(status).send({ detail: status >= 500 ? "internal error" : (error as Error).message });
}
