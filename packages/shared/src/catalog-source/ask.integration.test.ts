import { expect, test } from "vitest";
import { Secret } from "../runtime/secret.ts";
import { open, serve } from "./testing/serve.ts";

const { signal } = new AbortController();
const token = "source-token-0123456789";

test("the token goes to the source, and with no redirect to another host", async () => {
  const other = await serve((_, response) => response.end("{}"));
  const source = await serve((request, response) =>
    request.url === "/a"
      ? response.writeHead(302, { location: "/b" }).end()
      : response.writeHead(302, { location: `${other.url}/c?X-Signature=sesame` }).end(),
  );

  await open(source.url, { token: new Secret(token) }).category("a", signal);

  expect(source.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${token}`, `Bearer ${token}`]);
  expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test("a failure behind a redirect names what was asked for, not the signed address it led to", async () => {
  const other = await serve((_, response) => response.writeHead(500).end());
  const { url } = await serve((_, response) =>
    response.writeHead(302, { location: `${other.url}/c?X-Signature=sesame` }).end(),
  );

  const failure = await open(url, { token: new Secret(token) })
    .category("a", signal)
    .catch((error: unknown) => error);

  expect(failure).toMatchObject({ code: "SOURCE_UNAVAILABLE", message: expect.stringContaining(url) });
  expect(JSON.stringify(failure)).not.toMatch(/sesame|source-token/);
});

test("an entity tag is sent back, and 304 means that nothing changed", async () => {
  const { url } = await serve((request, response) => {
    const isKnown = request.headers["if-none-match"] === '"1"';
    response.writeHead(isKnown ? 304 : 200, { etag: '"1"' }).end(isKnown ? undefined : "{}");
  });
  const source = open(url);

  const first = await source.category("a", signal);
  const second = await source.category("a", signal, first.kind === "content" ? first.validators : {});

  expect(first).toMatchObject({ kind: "content", validators: { etag: '"1"' } });
  expect(second).toMatchObject({ kind: "unchanged", dateMs: expect.any(Number) });
});

test("a time of modification is sent back where there is no tag", async () => {
  const modified = "Fri, 01 May 2026 10:00:00 GMT";
  const { url } = await serve((request, response) => {
    const isKnown = request.headers["if-modified-since"] === modified;
    response.writeHead(isKnown ? 304 : 200, { "last-modified": modified }).end(isKnown ? undefined : "{}");
  });
  const source = open(url);

  const first = await source.category("a", signal);
  const second = await source.category("a", signal, first.kind === "content" ? first.validators : {});

  expect([first.kind, second.kind]).toEqual(["content", "unchanged"]);
});

test("304 to a question without condition is nonsense, and said to be", async () => {
  const { url } = await serve((_, response) => response.writeHead(304).end());

  await expect(open(url).category("a", signal)).rejects.toMatchObject({ code: "SOURCE_UNEXPECTED" });
});

test("the source's own clock is told, and no clock is none", async () => {
  const date = "Fri, 01 May 2026 10:00:00 GMT";
  const withClock = await serve((_, response) => response.writeHead(200, { date }).end("{}"));
  const without = await serve((_, response) => {
    response.sendDate = false;
    response.end("{}");
  });

  expect(await open(withClock.url).category("a", signal)).toMatchObject({ dateMs: Date.parse(date) });
  expect(await open(without.url).category("a", signal)).toMatchObject({ dateMs: undefined });
});
