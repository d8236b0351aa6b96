import { mkdtemp, readFile, rm, utimes, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createBareRepository } from "../forge/git/bare-repository.ts";
import { commitFiles } from "../forge/git/commit-files.ts";
import { runGit } from "../forge/git/run-git.ts";
import type { SourceEffect } from "./effects.ts";
import { startSource, type Source } from "./start-source.ts";

const catalogs = { text: { a: { n: 1 }, b: { n: 2 } }, image: { c: { n: 3 } } };

async function get(source: Source, path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${source.url}${path}`, { headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

const getJson = async (source: Source, path: string) => JSON.parse((await get(source, path)).text) as unknown;

async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), "lockstep-catalogs-"));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

test("records are served by category, and metadata says when they changed", async () => {
  await using source = await startSource({ catalogs });
  await source.setLastUpdated("text", 1000);
  await source.setLastUpdated("image", null);

  expect(await getJson(source, "/text")).toEqual(catalogs.text);
  expect(await getJson(source, "/metadata/last_updated")).toEqual({ last_updated: 1000 });
  expect(await getJson(source, "/metadata/text/last_updated")).toEqual({ category: "text", last_updated: 1000 });
  expect(await getJson(source, "/metadata/image/last_updated")).toEqual({ category: "image", last_updated: null });
  expect(await get(source, "/audio")).toMatchObject({
    status: 422,
    text: `{"detail":"Input should be one of: 'image', 'text'"}`,
  });
  expect((await get(source, "/metadata/audio/last_updated")).status).toBe(422);
});

test("what is not modified is 304, by ETag and by time, until it is edited", async () => {
  await using source = await startSource({ catalogs });
  const { headers } = await get(source, "/text");
  const byTag = { "if-none-match": headers.get("etag") ?? "" };
  const byTime = { "if-modified-since": headers.get("last-modified") ?? "" };

  const unchanged = [await get(source, "/text", byTag), await get(source, "/text", byTime)];
  await source.setRecord("text", "d", { n: 4 });
  const changed = await get(source, "/text", byTag);

  expect(unchanged.map(({ status, text }) => [status, text])).toEqual([
    [304, ""],
    [304, ""],
  ]);
  expect([changed.status, Object.keys(JSON.parse(changed.text) as object)]).toEqual([200, ["a", "b", "d"]]);
  await using without = await startSource({ catalogs, validators: false, metadata: false });
  expect((await get(without, "/text", byTag)).headers.get("etag")).toBeNull();
  expect((await get(without, "/metadata/last_updated")).status).toBe(404);
});

test("records are set, deleted and replaced, by value or byte for byte", async () => {
  await using source = await startSource({ catalogs });
  const before = Math.floor(Date.now() / 1000);

  await Promise.all([source.setRecord("text", "x", { n: 1 }), source.setRecord("text", "y", { n: 2 })]);
  await source.deleteRecord("text", "a");
  await source.deleteRecord("text", "never was");
  expect(await source.records("text")).toEqual({ b: { n: 2 }, x: { n: 1 }, y: { n: 2 } });
  await source.replaceAll("text", '{"a": 1e2}');
  expect((await get(source, "/text")).text).toBe('{"a": 1e2}');
  await source.replaceAll("fresh", {});
  expect(await source.categories()).toEqual(["fresh", "image", "text"]);

  const { last_updated } = (await getJson(source, "/metadata/text/last_updated")) as { last_updated: number };
  expect(last_updated).toBeGreaterThanOrEqual(before);
});

test("a folder of files is served as it is, edited in place, and followed when it is edited by hand", async () => {
  await using kept = await temporaryFolder();
  await mkdir(join(kept.folder, "deep"));
  const file = join(kept.folder, "deep", "text.json");
  await writeFile(file, '{\t"a": {"n": 1.0}\r\n}');
  await utimes(file, 500, 500);
  await using source = await startSource({ catalogs: kept.folder });

  expect((await get(source, "/text")).text).toBe('{\t"a": {"n": 1.0}\r\n}');
  expect(await getJson(source, "/metadata/last_updated")).toEqual({ last_updated: 500 });
  await source.setRecord("text", "b", { n: 2 });
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ a: { n: 1 }, b: { n: 2 } });
  await source.setLastUpdated("text", 400);
  expect(await getJson(source, "/metadata/last_updated")).toEqual({ last_updated: 400 });
  await writeFile(file, "{}");
  await utimes(file, 600, 600);
  expect((await get(source, "/text")).text).toBe("{}");
  expect(await getJson(source, "/metadata/last_updated")).toEqual({ last_updated: 600 });
});

const filler = (bytes: number) => new RegExp(`^200 \\{"filler":"x{${bytes - 13}}"\\}$`);

const faults: readonly (readonly [string, SourceEffect, RegExp])[] = [
  ["status with its detail", { kind: "status", status: 503, detail: "down" }, /^503 \{"detail":"down"\}$/],
  ["a proxy's page", { kind: "html" }, /^200 <!doctype html>/],
  ["half a body", { kind: "half-json" }, /^200 \{\s+"a": \{\s+"n": 1\s+\},?\s*$/],
  ["nothing at all", { kind: "empty" }, /^200 \{\}$/],
  ["a cut connection", { kind: "drop", when: "before" }, /^fetch failed$/],
  ["a body that breaks off", { kind: "drop", when: "midway" }, /^terminated$/],
  ["too much", { kind: "oversized", bytes: 1_000_001 }, filler(1_000_001)],
  ["too much, its length unsaid", { kind: "oversized", bytes: 70_000, chunked: true }, filler(70_000)],
];

test.for(faults)("a fault gives %s, once", async ([, effect, expected]) => {
  await using source = await startSource({ catalogs });
  source.faults.add({ path: "*/text", effect });
  const outcome = () =>
    get(source, "/text").then(
      ({ status, text }) => `${status} ${text}`,
      (error: Error) => error.message,
    );

  const struck = await outcome();

  expect(struck).toMatch(expected);
  expect(JSON.parse((await outcome()).slice(4))).toEqual(catalogs.text);
});

test("metadata can be null, go backwards, stand still, or limit who asks; a slow answer comes late", async () => {
  await using source = await startSource({ catalogs });
  await source.setLastUpdated("text", 1000);
  await source.setLastUpdated("image", 900);
  const path = "/metadata/last_updated";
  source.faults.add({ path: `*${path}`, effect: { kind: "null-metadata" } });
  source.faults.add({ path: `*${path}`, skip: 1, effect: { kind: "shift-metadata", seconds: -50 } });
  const headers = { "retry-after": "7" };
  source.faults.add({ path: `*${path}`, skip: 2, effect: { kind: "status", status: 429, headers } });
  source.faults.add({ path: "*/image", effect: { kind: "slow", ms: 60 } });

  expect(await getJson(source, path)).toEqual({ last_updated: null });
  expect(await getJson(source, path)).toEqual({ last_updated: 950 });
  expect((await get(source, path)).headers.get("retry-after")).toBe("7");
  await source.setRecord("text", "new", {});
  await source.setLastUpdated("text", 1000);
  expect(await getJson(source, path)).toEqual({ last_updated: 1000 });
  const began = performance.now();
  await get(source, "/image");
  expect(performance.now() - began).toBeGreaterThanOrEqual(59);
  expect(source.requests.map(({ status }) => status)).toEqual([200, 200, 429, 200, 200]);
});

test("a history is played back byte for byte, from a repository or a bundle", async () => {
  await using kept = await temporaryFolder();
  const folder = join(kept.folder, "history.git");
  await createBareRepository(folder, "main");
  const bodies = ['{"a":1}', '{\r\n\t"a": 1.0\r\n}\r\n', '{"b":"\\u00e9"}\n'];
  for (const [at, body] of bodies.entries()) {
    const tip = at === 0 ? {} : { parent: "refs/heads/main" };
    const date = new Date((1000 + at) * 1000);
    await commitFiles(folder, { branch: "main", files: { "db.json": body, other: String(at) }, date, ...tip });
  }
  await commitFiles(folder, { branch: "main", files: { other: "x" }, parent: "refs/heads/main" });
  const bundle = join(kept.folder, "history.bundle");
  await runGit(folder, ["bundle", "create", "--quiet", bundle, "main"]);

  for (const repository of [folder, bundle]) {
    await using source = await startSource({ history: { repository, path: "db.json", category: "text" } });
    const seen = [(await get(source, "/text")).text];
    while (source.advance() !== undefined) seen.push((await get(source, "/text")).text);
    expect(seen).toEqual(bodies);
    expect(await getJson(source, "/metadata/last_updated")).toEqual({ last_updated: 1002 });
    expect(source.goTo(0)).toMatchObject({ index: 0, at: 1000 });
    expect(await getJson(source, "/metadata/text/last_updated")).toEqual({ category: "text", last_updated: 1000 });
    expect(source.goTo(-1)).toEqual(source.revisions[2]);
    expect(() => source.goTo(99)).toThrow("no revision 99");
    expect(() => source.goTo("feed")).toThrow("no revision feed");
  }
});

test("a person searches, edits, adds and deletes records on the page, and sees what was wrong with a record", async () => {
  await using source = await startSource({ catalogs: { text: { "a <b>": { n: 1 }, other: {} } } });
  const read = async (path: string) => await (await fetch(source.pageUrl + path)).text();
  const post = async (action: string, form: Record<string, string>) => {
    const body = new URLSearchParams(form);
    const answer = await fetch(`${source.pageUrl}/edit/text/${action}`, { method: "POST", body, redirect: "manual" });
    return { status: answer.status, text: await answer.text(), location: answer.headers.get("location") };
  };

  expect(await read("/")).toMatch(/href="\/edit\/text">text<\/a>\s*<small>2 records/);
  const found = await read("/edit/text?search=A+%3C");
  expect(found).toContain("a &lt;b&gt;");
  expect(found).not.toContain("other");
  expect(await read("/edit/text/record?name=a+%3Cb%3E")).toContain("&quot;n&quot;: 1");

  const bad = await post("save", { name: "a <b>", record: "{ n: 1 " });
  expect([
    bad.status,
    bad.text.includes("{ n: 1 </textarea>"),
    /role="alert">\s*This is not JSON/.test(bad.text),
  ]).toEqual([422, true, true]);
  expect((await post("save", { name: "x", record: "[]", new: "1" })).text).toContain("A record is a JSON object");
  expect((await post("save", { name: " ", record: "{}", new: "1" })).text).toContain("A record needs a name");
  const saved = await post("save", { name: "x y", record: '{"n": 2}', new: "1" });
  expect([saved.status, saved.location]).toEqual([303, "/edit/text/record?name=x%20y"]);
  expect((await post("delete", { name: "other" })).status).toBe(303);
  expect(await source.records("text")).toEqual({ "a <b>": { n: 1 }, "x y": { n: 2 } });
  expect((await fetch(`${source.pageUrl}/edit/none`)).status).toBe(404);
});
