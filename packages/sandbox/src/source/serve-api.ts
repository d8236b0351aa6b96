import { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Catalog, Catalogs } from "./catalogs.ts";
import type { SourceEffect, SourceFaults } from "./effects.ts";
import { failure, json, shapeAnswer, type Answer } from "./shape-answer.ts";

/** What the source's API works on. */
export interface SourceWorld {
  readonly basePath: string;
  readonly catalogs: Catalogs;
  readonly faults: SourceFaults;
  /** Whether answers carry ETag and Last-Modified, and unchanged ones are 304. */
  readonly validators: boolean;
  /** Whether there are metadata endpoints at all. */
  readonly metadata: boolean;
  readonly requests: SeenRequest[];
  readonly ended: AbortSignal;
}

export interface SeenRequest {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly path: string;
  readonly status: number;
}

/** Serves the records by category, and when they changed, as AI-Horde's PRIMARY does. */
export function serveApi(app: FastifyInstance, world: SourceWorld): void {
  const route = (path: string, answer: (category: string, effects: readonly SourceEffect[]) => Promise<Answer>) =>
    app.get<{ Params: { category?: string } }>(world.basePath + path, async (request, reply) => {
      const [asked = ""] = request.url.split("?", 1);
      const effects = world.faults.take(request.method, asked);
      const given = await answer(request.params.category ?? "", effects);
      return await send(world, { request, reply, answer: given, effects });
    });
  route("/metadata/last_updated", async (_category, effects) => await wholeMetadata(world, effects));
  route("/metadata/:category/last_updated", async (category, effects) => await metadata(world, category, effects));
  route("/:category", async (category) => await records(world, category));
}

async function wholeMetadata(world: SourceWorld, effects: readonly SourceEffect[]): Promise<Answer> {
  if (!world.metadata) return failure(404, "Not Found");
  const catalogs = await Promise.all((await world.catalogs.categories()).map((name) => world.catalogs.read(name)));
  const times = catalogs.flatMap((catalog) => catalog?.lastUpdated ?? []);
  return json({ last_updated: retime(times.length === 0 ? null : Math.max(...times), effects) });
}

async function metadata(world: SourceWorld, category: string, effects: readonly SourceEffect[]): Promise<Answer> {
  if (!world.metadata) return failure(404, "Not Found");
  const catalog = await world.catalogs.read(category);
  if (catalog === undefined) return await missing(world, category);
  return json({ category, last_updated: retime(catalog.lastUpdated, effects) });
}

async function records(world: SourceWorld, category: string): Promise<Answer> {
  const catalog = await world.catalogs.read(category);
  if (catalog === undefined) return await missing(world, category);
  return { status: 200, bytes: catalog.bytes, headers: world.validators ? validators(catalog) : {} };
}

function validators({ etag, lastUpdated }: Catalog): Record<string, string> {
  const modified = lastUpdated === null ? {} : { "last-modified": new Date(lastUpdated * 1000).toUTCString() };
  return { etag, "cache-control": "no-cache", ...modified };
}

function retime(seconds: number | null, effects: readonly SourceEffect[]): number | null {
  if (effects.some(({ kind }) => kind === "null-metadata") || seconds === null) return null;
  const shift = effects.find((effect) => effect.kind === "shift-metadata");
  return seconds + (shift?.seconds ?? 0);
}

/** A category that is listed but cannot be read is 404, one that nobody has heard of is 422. */
async function missing(world: SourceWorld, category: string): Promise<Answer> {
  const known = await world.catalogs.categories();
  if (known.includes(category)) return failure(404, `Category '${category}' has no records`);
  return failure(422, `Input should be one of: ${known.map((name) => `'${name}'`).join(", ")}`);
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly answer: Answer;
  readonly effects: readonly SourceEffect[];
}

async function send(world: SourceWorld, { request, reply, answer, effects }: Exchange): Promise<FastifyReply> {
  const { status, bytes, headers, type, delayMs, cut, filler } = shapeAnswer(conditional(request, answer), effects);
  if (delayMs > 0) await wait(delayMs, undefined, { signal: world.ended });
  world.requests.push({ at: Date.now(), path: request.url, status: cut === undefined ? status : 0 });
  if (cut !== undefined) return cutOff(reply, cut, bytes);
  void reply.code(status).type(type).headers(headers);
  if (filler === undefined) return await reply.send(bytes);
  if (!filler.chunked) void reply.header("content-length", filler.bytes);
  return await reply.send(Readable.from(padding(filler.bytes), { objectMode: false }));
}

function conditional(request: FastifyRequest, answer: Answer): Answer {
  return isUnchanged(request, answer) ? { ...answer, status: 304, bytes: Buffer.alloc(0) } : answer;
}

function isUnchanged({ headers }: FastifyRequest, answer: Answer): boolean {
  const { etag, "last-modified": modified } = answer.headers;
  if (etag === undefined) return false;
  const known = headers["if-none-match"];
  if (known !== undefined) return known.split(/,\s*/).includes(etag);
  const since = headers["if-modified-since"];
  return since !== undefined && modified !== undefined && Date.parse(modified) <= Date.parse(since);
}

function cutOff(reply: FastifyReply, when: "before" | "midway", bytes: Buffer): FastifyReply {
  void reply.hijack();
  const headers = { "content-type": "application/json", "content-length": bytes.length + 1000 };
  if (when === "before") reply.raw.destroy();
  else reply.raw.writeHead(200, headers).write(bytes.subarray(0, 1000), () => reply.raw.destroy());
  return reply;
}

/** `{"filler":"xxx…"}` of so many bytes, never in memory as a whole. */
function* padding(bytes: number): Generator<Buffer> {
  const [head, tail] = [Buffer.from('{"filler":"'), Buffer.from('"}')];
  yield head;
  const chunk = Buffer.alloc(65_536, "x");
  for (let left = bytes - head.length - tail.length; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
  yield tail;
}
