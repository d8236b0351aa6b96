import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { open, serve } from "./testing/serve.ts";

const { signal } = new AbortController();

async function textOf(url: string, options?: Parameters<typeof open>[1]): Promise<string> {
  const answer = await open(url, options).category("text_generation", signal);
  return answer.kind === "content" ? Buffer.from(answer.bytes).toString() : answer.kind;
}

test("metadata and categories are read from their own paths", async () => {
  const { url, requests } = await serve((request, response) =>
    response.end(request.url?.startsWith("/metadata") ? '{"last_updated": 12}' : '{"a": {}}'),
  );
  const source = open(url);

  expect(await source.lastUpdated(undefined, signal)).toBe(12);
  expect(await source.lastUpdated("text_generation", signal)).toBe(12);
  expect(await source.category("text_generation", signal)).toMatchObject({ bytes: Buffer.from('{"a": {}}') });
  expect(requests.map((request) => request.url)).toEqual([
    "/metadata/last_updated",
    "/metadata/text_generation/last_updated",
    "/text_generation",
  ]);
});

test("a category's name is one segment of the path, whatever is in it", async () => {
  const { url, requests } = await serve((_, response) => response.end("{}"));

  await open(url).category("../secret?x=1", signal);

  expect(requests[0]?.url).toBe("/..%2Fsecret%3Fx%3D1");
});

test("polls share a connection that is kept alive", async () => {
  const { url, requests } = await serve((_, response) => response.end('{"last_updated": null}'));
  const source = open(url);

  expect(await source.lastUpdated(undefined, signal)).toBeNull();
  await source.lastUpdated("a", signal);
  await source.category("a", signal);

  expect(new Set(requests.map(({ socket }) => socket.remotePort)).size).toBe(1);
});

test.each([404, 503])("metadata that answers %i is missing, which is no failure", async (status) => {
  const { url } = await serve((_, response) => response.writeHead(status).end('{"detail": "no"}'));

  expect(await open(url).lastUpdated("a", signal)).toBeUndefined();
});

test.each([
  ["an HTML page", "<!doctype html><title>Wait</title>"],
  ["half a JSON", '{"last_upd'],
  ["another JSON", '{"updated": 12}'],
  ["a fraction", '{"last_updated": 1.5}'],
  ["nothing", ""],
])("metadata that is %s is a failure that may go away", async (_what, body) => {
  const { url } = await serve((_, response) => response.end(body));

  await expect(open(url).lastUpdated("a", signal)).rejects.toMatchObject({
    name: "TransientError",
    code: "SOURCE_NOT_JSON",
    message: expect.stringContaining("/metadata/a/last_updated"),
  });
});

test("content that is no JSON is passed on as it is: whoever compares says so", async () => {
  const { url } = await serve((_, response) => response.end("<!doctype html><title>Wait</title>"));

  expect(await textOf(url)).toBe("<!doctype html><title>Wait</title>");
});

test.each([
  [404, "SOURCE_NOT_FOUND"],
  [422, "SOURCE_UNKNOWN_CATEGORY"],
  [503, "SOURCE_UNAVAILABLE"],
])("content that answers %i is the failure %s", async (status, code) => {
  const { url } = await serve((_, response) => response.writeHead(status).end('{"detail": "no"}'));

  await expect(textOf(url)).rejects.toMatchObject({ code });
});

test.each([
  ["seconds", () => "60"],
  ["a date", () => new Date(Date.now() + 60_000).toUTCString()],
])("429 with a Retry-After of %s says how long to wait", async (_what, header) => {
  const { url } = await serve((_, response) => response.writeHead(429, { "retry-after": header() }).end());

  const failure = await textOf(url).catch((error: unknown) => error);

  expect(failure).toMatchObject({ name: "TransientError", code: "SOURCE_BUSY" });
  const { retryAfterMs } = failure as { readonly retryAfterMs: number };
  expect(retryAfterMs).toBeGreaterThan(50_000);
  expect(retryAfterMs).toBeLessThanOrEqual(60_000);
});

test("an answer is taken up to the last byte that is allowed, and refused past it, announced or not", async () => {
  const body = Buffer.alloc(1000, "x");
  const announced = await serve((_, response) => response.writeHead(200, { "content-length": 1000 }).end(body));
  const chunked = await serve((_, response) => {
    response.write(body.subarray(1));
    response.end(body.subarray(0, 1));
  });

  for (const { url } of [announced, chunked]) {
    expect(await textOf(url, { maxBytes: 1000 })).toHaveLength(1000);
    await expect(textOf(url, { maxBytes: 999 })).rejects.toMatchObject({
      name: "PermanentError",
      code: "SOURCE_TOO_LARGE",
    });
  }
});

test("a few bytes that unpack to many are stopped at the limit", async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const { url } = await serve((_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(bomb));

  await expect(textOf(url)).rejects.toMatchObject({ code: "SOURCE_TOO_LARGE" });
});

test("content that travels compressed is read as what it is", async () => {
  const { url } = await serve((_, response) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync('{"a": {}}')),
  );

  expect(await textOf(url)).toBe('{"a": {}}');
});

test("content whose connection breaks is incomplete, not short", async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write('{"a":', () => response.destroy());
  });

  await expect(textOf(url)).rejects.toMatchObject({
    name: "TransientError",
    code: "SOURCE_INCOMPLETE",
    message: expect.stringContaining("after 5 bytes"),
  });
});

test.each([
  ["never answers", (): void => undefined],
  ["never ends", (_: unknown, response: { write(text: string): void }): void => response.write("{")],
])("a source that %s is given up after its time", async (_what, answer) => {
  const { url } = await serve(answer);

  await expect(textOf(url, { timeout: 100 })).rejects.toMatchObject({
    name: "TransientError",
    code: "SOURCE_TIMEOUT",
    message: expect.stringContaining("within 0.1 s"),
  });
});

test.each([
  ["the answer", (): void => undefined],
  ["the rest", (_: unknown, response: { write(text: string): void }): void => response.write("{")],
])("whoever stops does not wait for %s, and it counts as nobody's failure", async (_what, answer) => {
  const asked = Promise.withResolvers<void>();
  const { url } = await serve((request, response) => {
    answer(request, response);
    asked.resolve();
  });
  const stop = new AbortController();
  const reading = open(url).category("a", stop.signal);

  await asked.promise;
  stop.abort(new Error("stopping"));

  await expect(reading).rejects.toThrow("stopping");
});

test("a source that is not there is named, with the reason", async () => {
  const { url, close } = await serve(() => undefined);
  await close();

  await expect(textOf(url)).rejects.toMatchObject({
    name: "TransientError",
    code: "SOURCE_UNREACHABLE",
    message: expect.stringContaining("ECONNREFUSED"),
  });
});
