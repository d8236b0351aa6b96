import { Agent, fetch, type Response } from "undici";
import { z } from "zod";
import type { CatalogRoute } from "../config/config.ts";
import { PermanentError, TransientError, type SyncError } from "../runtime/errors.ts";
import { readBounded } from "./read-bounded.ts";

type SourceOptions = Omit<CatalogRoute["source"], "categories" | "name">;

/** A category's bytes as the source serves them now, or word that they are the ones whose validator was sent. */
export type CategoryAnswer = {
  /** The source's clock when it answered, in milliseconds since the epoch. */
  readonly dateMs: number;
} & (
  | { readonly kind: "content"; readonly bytes: Uint8Array; readonly etag: string | undefined }
  | { readonly kind: "unchanged" }
);

/**
 * The HTTP source of a catalog route: what watcher and comparator must read alike (spec: catalog, Source).
 * Failures are TransientError or PermanentError with codes SOURCE_*.
 */
export interface CatalogSource extends AsyncDisposable {
  /**
   * Seconds since the epoch, of one category or of all; null where the source knows none; `undefined` where it
   * serves no metadata (404, 503), which is no failure: content hashes tell as much.
   */
  lastUpdated(category: string | undefined, signal: AbortSignal): Promise<number | null | undefined>;
  /** `etag`: a validator from an earlier answer. */
  category(name: string, signal: AbortSignal, etag?: string): Promise<CategoryAnswer>;
}

const metadataSchema = z.object({ last_updated: z.int().nullable() });
const metadataMaxBytes = 64 * 1024;

export function openCatalogSource(source: SourceOptions): CatalogSource {
  const agent = new Agent({ connections: 2, keepAliveTimeout: 5 * 60_000, connect: { timeout: source.timeout } });
  const get = (path: string, signal: AbortSignal, etag?: string) =>
    request({ source, agent, url: `${source.url}/${path}`, etag }, signal);
  return {
    async lastUpdated(category, signal) {
      const { lastUpdated, categoryLastUpdated } = source.paths;
      const path = category === undefined ? lastUpdated : named(categoryLastUpdated, category);
      const response = await get(path, signal);
      if (response.status === 404 || response.status === 503) return discard(response);
      await refuse(response);
      const bytes = await readBounded(response, metadataMaxBytes);
      return parseMetadata(bytes, response.url);
    },
    async category(name, signal, etag) {
      const response = await get(named(source.paths.category, name), signal, etag);
      const dateMs = Date.parse(response.headers.get("date") ?? "") || Date.now();
      if (response.status === 304 && etag !== undefined) {
        await discard(response);
        return { kind: "unchanged", dateMs };
      }
      await refuse(response);
      return {
        kind: "content",
        bytes: await readBounded(response, source.maxBytes),
        etag: response.headers.get("etag") ?? undefined,
        dateMs,
      };
    },
    async [Symbol.asyncDispose]() {
      await agent.destroy();
    },
  };
}

function named(path: string, category: string): string {
  return path.replaceAll("{category}", encodeURIComponent(category));
}

interface Asked {
  readonly source: SourceOptions;
  readonly agent: Agent;
  readonly url: string;
  readonly etag: string | undefined;
}

async function request({ source, agent, url, etag }: Asked, signal: AbortSignal): Promise<Response> {
  const limit = AbortSignal.timeout(source.timeout);
  try {
    return await fetch(url, {
      dispatcher: agent,
      signal: AbortSignal.any([signal, limit]),
      headers: {
        accept: "application/json",
        "user-agent": "lockstep",
        ...(source.token === undefined ? {} : { authorization: `Bearer ${source.token.reveal()}` }),
        ...(etag === undefined ? {} : { "if-none-match": etag }),
      },
    });
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted)
      throw new TransientError("SOURCE_TIMEOUT", `${url} did not answer within ${source.timeout / 1000} s`, {
        cause: error,
        hint: "is the source overloaded? source.timeout sets the limit",
      });
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new TransientError("SOURCE_UNREACHABLE", `${url} cannot be reached: ${reason}`, {
      cause: error,
      hint: "is the source up, and source.url right?",
    });
  }
}

async function discard(response: Response): Promise<undefined> {
  await response.body?.cancel();
  return undefined;
}

/** Anything but 200 is a failure that says what it means. */
async function refuse(response: Response): Promise<void> {
  if (response.status === 200) return;
  await discard(response);
  throw statusError(response);
}

function statusError({ status, url, headers }: Response): SyncError {
  const answered = `${url} answered ${status}`;
  const retryAfterMs = retryAfter(headers.get("retry-after"));
  const waiting = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (status === 429) return new TransientError("SOURCE_BUSY", `${answered}: too many requests`, waiting);
  if (status >= 500)
    return new TransientError("SOURCE_UNAVAILABLE", answered, { ...waiting, hint: "look at the source's own logs" });
  if (status === 401 || status === 403)
    return new PermanentError("SOURCE_REFUSED", answered, { hint: "look at source.token" });
  if (status === 422)
    return new PermanentError("SOURCE_UNKNOWN_CATEGORY", `${answered}: it does not know this category`, {
      hint: "look at source.categories and the targets' files",
    });
  if (status === 404)
    return new PermanentError("SOURCE_NOT_FOUND", `${answered}: nothing is there`, {
      hint: "look at source.url, source.paths and the categories",
    });
  return new PermanentError("SOURCE_UNEXPECTED", answered, { hint: "is source.url the API's address?" });
}

/** Seconds or a date (RFC 9110, 10.2.3); at most an hour, which a wrong clock must not exceed. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(3_600_000, Math.max(0, ms)) : undefined;
}

function parseMetadata(bytes: Uint8Array, url: string): number | null {
  try {
    return metadataSchema.parse(JSON.parse(new TextDecoder().decode(bytes))).last_updated;
  } catch (error) {
    throw new TransientError("SOURCE_NOT_JSON", `${url} did not answer {"last_updated": seconds or null}`, {
      cause: error,
      hint: "is source.url the API's address, or does a proxy answer in its place?",
    });
  }
}
