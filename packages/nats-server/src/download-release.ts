import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { PermanentError, redact, TransientError } from "@lockstep/shared/errors";
import { type Dispatcher, EnvHttpProxyAgent, fetch, type Response } from "undici";
import { type ReleaseArchive, releaseUrl, sumIn } from "./release.ts";

export interface DownloadRequest {
  readonly archive: ReleaseArchive;
  readonly baseUrl: string;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
  readonly limits?: DownloadLimits;
}

/** How long each step of a download may take, in milliseconds; `stallMs` is the longest silence. */
interface DownloadLimits {
  readonly connectMs: number;
  readonly stallMs: number;
  readonly totalMs: number;
}

const defaultLimits: DownloadLimits = { connectMs: 5_000, stallMs: 10_000, totalMs: 600_000 };
const largestBytes = 200 * 1024 * 1024;
const progressEveryMs = 1_000;

/**
 * Downloads a release's archive into a folder, checks its sum, and only then unpacks the binary. A proxy is taken from
 * the environment (`HTTPS_PROXY`, `NO_PROXY`).
 * @returns the binary's path
 * @throws {TransientError} NATS_DOWNLOAD_FAILED
 * @throws {PermanentError} NATS_DOWNLOAD_CHECKSUM, NATS_DOWNLOAD_UNPACK
 */
export async function downloadRelease(folder: string, request: DownloadRequest): Promise<string> {
  const { archive, baseUrl, limits = defaultLimits } = request;
  await using agent = openAgent(limits);
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(limits.totalMs)]);
  const url = releaseUrl(baseUrl, archive, archive.fileName);
  request.report(redact(`downloading nats-server ${archive.version} from ${url}`));
  const get = (address: string): Promise<Response> => answerTo(address, { dispatcher: agent.dispatcher, signal });
  const expected = archive.sha256 ?? (await publishedSum(request, get));
  const file = join(folder, archive.fileName);
  const found = await asDownload(url, request.signal, async () => save(await get(url), file, request.report));
  if (found !== expected) {
    throw new PermanentError("NATS_DOWNLOAD_CHECKSUM", `${url} has the SHA-256 ${found}, not ${expected}: not used`, {
      hint: "Something between here and there changed the archive: fetch it another way",
    });
  }
  return await unpack(file, archive, request.signal);
}

function openAgent(limits: DownloadLimits): AsyncDisposable & { readonly dispatcher: Dispatcher } {
  const dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: limits.connectMs },
    headersTimeout: limits.stallMs,
    bodyTimeout: limits.stallMs,
    maxResponseSize: largestBytes,
  });
  return { dispatcher, [Symbol.asyncDispose]: () => dispatcher.destroy() };
}

async function answerTo(url: string, options: { dispatcher: Dispatcher; signal: AbortSignal }): Promise<Response> {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`answered ${response.status} ${response.statusText}`.trimEnd());
  return response;
}

async function publishedSum(request: DownloadRequest, get: (url: string) => Promise<Response>): Promise<string> {
  const { archive, baseUrl, signal } = request;
  const url = releaseUrl(baseUrl, archive, "SHA256SUMS");
  const text = await asDownload(url, signal, async () => (await get(url)).text());
  const sum = sumIn(text, archive.fileName);
  if (sum === undefined)
    throw new PermanentError("NATS_DOWNLOAD_CHECKSUM", `${url} has no sum for ${archive.fileName}`);
  return sum;
}

/** Writes a body to a file, and returns its SHA-256. */
async function save(response: Response, file: string, report: (line: string) => void): Promise<string> {
  if (response.body === null) throw new Error("answered nothing");
  const hash = createHash("sha256");
  const total = Number(response.headers.get("content-length") ?? 0);
  let bytes = 0;
  let reportedAt = Date.now();
  const inspect = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      if (Date.now() - reportedAt >= progressEveryMs) {
        reportedAt = Date.now();
        report(`downloaded ${megabytes(bytes)}${total > 0 ? ` of ${megabytes(total)}` : ""} MB`);
      }
      yield chunk;
    }
  };
  await pipeline(response.body, inspect, createWriteStream(file));
  return hash.digest("hex");
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}

/** Failures of the network in the project's words; a caller that gave up gets its own reason back. */
async function asDownload<T>(url: string, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    signal.throwIfAborted();
    throw new TransientError("NATS_DOWNLOAD_FAILED", `${url}: ${reasonOf(cause)}`, { cause });
  }
}

/** fetch says only "fetch failed" and keeps the reason as the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return error.message === "" ? code : error.message;
}

/** By the system's tar, which on Windows reads zip files as well. */
async function unpack(file: string, archive: ReleaseArchive, signal: AbortSignal): Promise<string> {
  const folder = join(file, "..");
  const tar =
    process.platform === "win32" ? join(process.env["SystemRoot"] ?? "C:\\Windows", "System32", "tar.exe") : "tar";
  const args = ["-xf", file, "-C", folder, "--strip-components=1", "--no-same-owner", archive.member];
  try {
    await promisify(execFile)(tar, args, { signal, timeout: 60_000 });
  } catch (cause) {
    signal.throwIfAborted();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PermanentError("NATS_DOWNLOAD_UNPACK", `${archive.fileName} cannot be unpacked: ${why}`, { cause });
  }
  return join(folder, basename(archive.member));
}
