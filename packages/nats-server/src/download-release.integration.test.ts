import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { access, chmod, mkdir, mkdtempDisposable, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { downloadRelease } from "./download-release.ts";
import { firstThatLeads, findNatsServer } from "./find-nats-server.ts";
import { installBinary } from "./install-binary.ts";
import type { Way } from "./plan-ways.ts";
import type { ReleaseArchive } from "./release.ts";

const name = "nats-server-v2.12.99-linux-amd64";
const limits = { connectMs: 1_000, stallMs: 150, totalMs: 5_000 };
const { signal } = new AbortController();

describe.skipIf(process.platform === "win32")("a download", () => {
  test("is checked, unpacked and put into the cache, and found there the next time", async () => {
    const { archive, bytes } = await release("2.12.99");
    const place = await serve((request, response) => {
      response.statusCode = request.url === `/v2.12.99/${archive.fileName}` ? 200 : 404;
      response.end(response.statusCode === 200 ? bytes : "");
    });
    const { way, cache, lines, search } = await ways(archive, place.url);

    const fetched = await firstThatLeads([cache, way], search);
    place.close();
    const again = await firstThatLeads([cache, way], search);

    expect(fetched).toEqual({ path: way.destination, version: "2.12.99", origin: "release" });
    expect(again).toEqual({ ...fetched, origin: "cache" });
    expect(lines).toEqual([`downloading nats-server 2.12.99 from ${place.url}/v2.12.99/${archive.fileName}`]);
    expect(await readdir(dirname(dirname(way.destination)))).toEqual(["release"]);
  });

  test("of a platform without a pinned sum is checked against the release's own sums", async () => {
    const { archive, bytes } = await release("2.12.99");
    const sums = `${archive.sha256}  ${archive.fileName}\n`;
    const place = await serve((request, response) => {
      response.end(request.url?.endsWith("/SHA256SUMS") === true ? sums : bytes);
    });
    const { way, search } = await ways({ ...archive, sha256: undefined }, place.url);

    expect(await firstThatLeads([way], search)).toMatchObject({ version: "2.12.99" });
  });

  test("with a wrong sum is refused before it is unpacked", async () => {
    const { archive } = await release("2.12.99");
    const place = await serve((_, response) => void response.end("not the archive"));
    await using folder = await mkdtempDisposable(join(tmpdir(), "download-"));

    const download = downloadRelease(folder.path, { archive, baseUrl: place.url, report: () => undefined, signal });

    await expect(download).rejects.toMatchObject({ code: "NATS_DOWNLOAD_CHECKSUM" });
    expect(await readdir(folder.path)).toEqual([archive.fileName]);
  });

  test("that is not there, or has no sum, is a failure that says so", async () => {
    const { archive } = await release("2.12.99");
    const place = await serve((request, response) => {
      response.statusCode = request.url?.endsWith("/SHA256SUMS") === true ? 200 : 404;
      response.end();
    });
    const request = { baseUrl: place.url, report: () => undefined, signal };

    await expect(downloadRelease("/nowhere", { ...request, archive })).rejects.toMatchObject({
      code: "NATS_DOWNLOAD_FAILED",
      message: expect.stringContaining("answered 404 Not Found"),
    });
    await expect(
      downloadRelease("/nowhere", { ...request, archive: { ...archive, sha256: undefined } }),
    ).rejects.toMatchObject({ code: "NATS_DOWNLOAD_CHECKSUM", message: expect.stringContaining("has no sum for") });
  });

  test.each([
    ["never answers", (): void => undefined],
    ["stops half-way", (_: unknown, response: { write: (text: string) => void }): void => response.write("half")],
  ])("from a server that %s is given up", async (_, answer) => {
    const { archive } = await release("2.12.99");
    const place = await serve(answer);
    await using folder = await mkdtempDisposable(join(tmpdir(), "download-"));

    const download = downloadRelease(folder.path, {
      archive,
      baseUrl: place.url,
      report: () => undefined,
      signal,
      limits,
    });

    await expect(download).rejects.toMatchObject({ code: "NATS_DOWNLOAD_FAILED", message: /timeout/i });
  });

  test("that its caller gives up ends with the caller's reason", async () => {
    const { archive } = await release("2.12.99");
    const giveUp = new AbortController();
    const place = await serve(() => giveUp.abort(new Error("enough")));

    const request = { archive, baseUrl: place.url, report: () => undefined, signal: giveUp.signal };

    await expect(downloadRelease("/nowhere", request)).rejects.toThrow("enough");
  });

  test("of a server that is too old ends nowhere", async () => {
    const { archive, bytes } = await release("2.10.4");
    const place = await serve((_, response) => void response.end(bytes));
    const { way, search } = await ways(archive, place.url);

    await expect(firstThatLeads([way], search)).rejects.toMatchObject({
      code: "NATS_SERVER_NOT_FOUND",
      message: expect.stringContaining("is 2.10.4, older than 2.11"),
    });
    await expect(access(way.destination)).rejects.toThrow("ENOENT");
  });
});

test("two that install at the same time both end with a whole binary, and leave nothing else", async () => {
  await using cache = await mkdtempDisposable(join(tmpdir(), "cache-"));
  const destination = join(cache.path, "release", "nats-server");
  let arrived = 0;
  const both = Promise.withResolvers<void>();
  const make = async (folder: string): Promise<string> => {
    await fakeServer(folder, "2.12.99");
    if (++arrived === 2) both.resolve();
    await both.promise;
    return join(folder, "nats-server");
  };

  const versions = await Promise.all([
    installBinary(destination, make, signal),
    installBinary(destination, make, signal),
  ]);

  expect(versions).toEqual(["2.12.99", "2.12.99"]);
  expect(await readdir(cache.path)).toEqual(["release"]);
  expect(await readFile(destination, "utf8")).toContain("v2.12.99");
});

test("a cache that cannot be written is an error that names the way out", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "cache-"));
  await writeFile(join(folder.path, "file"), "");

  const install = installBinary(join(folder.path, "file", "release", "nats-server"), async () => "", signal);

  await expect(install).rejects.toMatchObject({ code: "NATS_CACHE_UNWRITABLE", hint: /LOCKSTEP_CACHE/ });
});

describe.skipIf(process.platform === "win32")("a binary at hand", () => {
  test("that is too old is passed over on the PATH, with a note, once in a process", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "path-"));
    const [old, current] = [join(folder.path, "old"), join(folder.path, "new")];
    await fakeServer(old, "2.10.27");
    await fakeServer(current, "2.11.3");
    const lines: string[] = [];

    const find = (): Promise<unknown> =>
      findNatsServer({ env: { PATH: `${folder.path}:${old}:${current}` }, report: (line) => lines.push(line) });
    const found = await find();

    expect(await find()).toBe(found);
    expect(found).toEqual({ path: join(current, "nats-server"), version: "2.11.3", origin: "path" });
    expect(lines).toEqual([`${join(old, "nats-server")} is 2.10.27, older than 2.11: passed over`]);
  });

  test("that LOCKSTEP_NATS_SERVER names is used, or refused with what to do", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "named-"));
    const path = join(folder.path, "nats-server");
    const find = (): Promise<unknown> => findNatsServer({ env: { LOCKSTEP_NATS_SERVER: path } });

    await expect(find()).rejects.toMatchObject({ code: "NATS_SERVER_UNUSABLE", message: /cannot be run.*ENOENT/ });
    await fakeServer(folder.path, "2.10.27");
    await expect(find()).rejects.toMatchObject({ code: "NATS_SERVER_TOO_OLD", hint: /2.11 or newer, or unset/ });
    await fakeServer(folder.path, "2.11.0");
    expect(await find()).toEqual({ path, version: "2.11.0", origin: "configured" });
  });
});

/** A program that answers `--version` as nats-server does. */
async function fakeServer(folder: string, version: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "nats-server"), `#!/bin/sh\necho "nats-server: v${version}"\n`);
  await chmod(join(folder, "nats-server"), 0o755);
}

async function release(version: string): Promise<{ archive: ReleaseArchive; bytes: Buffer }> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "release-"));
  await fakeServer(join(folder.path, name), version);
  execFileSync("tar", ["-czf", "archive.tar.gz", name], { cwd: folder.path });
  const bytes = await readFile(join(folder.path, "archive.tar.gz"));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { archive: { version: "2.12.99", fileName: `${name}.tar.gz`, member: `${name}/nats-server`, sha256 }, bytes };
}

async function serve(answer: RequestListener): Promise<{ url: string; close: () => void }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(close);
  const address = server.address();
  return { url: `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`, close };
}

async function ways(
  archive: ReleaseArchive,
  baseUrl: string,
): Promise<{
  way: Way & { kind: "release" };
  cache: Way;
  lines: string[];
  search: { report: (line: string) => void; signal: AbortSignal };
}> {
  const folder = await mkdtempDisposable(join(tmpdir(), "cache-"));
  onTestFinished(() => folder.remove());
  const destination = join(folder.path, "release", "nats-server");
  const lines: string[] = [];
  return {
    way: { kind: "release", archive, baseUrl, destination },
    cache: { kind: "cache", candidates: [destination] },
    lines,
    search: { report: (line) => lines.push(line), signal },
  };
}
