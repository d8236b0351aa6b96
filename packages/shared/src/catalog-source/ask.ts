import { fetch, type Agent, type Headers, type Response } from "undici";
import type { CatalogRoute } from "../config/config.ts";
import { PermanentError, TransientError, type SyncError } from "../runtime/errors.ts";
import { conditionOf, type Validators } from "./validators.ts";

export interface Asked {
  readonly source: Pick<CatalogRoute["source"], "timeout" | "token">;
  readonly agent: Agent;
  readonly url: string;
  readonly validators: Validators | undefined;
}

export interface Answer {
  /** The address that was asked for, never the one a redirect led to: that may carry a signature (I9). */
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  /** The body, decompressed. Throws SOURCE_TOO_LARGE past `maxBytes`, SOURCE_INCOMPLETE if it breaks off. */
  bytes(maxBytes: number): Promise<Uint8Array>;
  /** Leaves the body unread. */
  discard(): Promise<void>;
}

/**
 * One GET. `source.timeout` holds for all of it, the body included. A redirect to another origin does not take the
 * token along (I9): fetch drops it, https://fetch.spec.whatwg.org/#http-redirect-fetch.
 */
export async function ask({ source, agent, url, validators = {} }: Asked, signal: AbortSignal): Promise<Answer> {
  const limit = AbortSignal.timeout(source.timeout);
  const explain = (error: unknown, otherwise: () => SyncError): SyncError => {
    signal.throwIfAborted();
    if (error instanceof PermanentError) return error;
    return limit.aborted ? tooSlow(url, source.timeout, error) : otherwise();
  };
  const options = {
    dispatcher: agent,
    signal: AbortSignal.any([signal, limit]),
    headers: {
      accept: "application/json",
      // Whatever stands between us and the source must not answer from memory.
      "cache-control": "no-cache",
      "user-agent": "lockstep",
      ...(source.token === undefined ? {} : { authorization: `Bearer ${source.token.reveal()}` }),
      ...conditionOf(validators),
    },
  };
  const response = await fetch(url, options).catch((error: unknown) => {
    throw explain(error, () => unreachable(url, error));
  });
  return {
    url,
    status: response.status,
    headers: response.headers,
    async bytes(maxBytes) {
      const progress = { length: 0 };
      return await readBounded(response, { url, maxBytes, progress }).catch((error: unknown) => {
        throw explain(error, () => brokenOff(url, progress.length, error));
      });
    },
    async discard() {
      await response.body?.cancel();
    },
  };
}

interface Bounds {
  readonly url: string;
  readonly maxBytes: number;
  readonly progress: { length: number };
}

async function readBounded(response: Response, { url, maxBytes, progress }: Bounds): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  if (Number(response.headers.get("content-length")) > maxBytes) {
    await response.body?.cancel();
    throw tooLarge(url, maxBytes);
  }
  for await (const chunk of response.body ?? []) {
    progress.length += chunk.length;
    if (progress.length > maxBytes) throw tooLarge(url, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, progress.length);
}

function tooLarge(url: string, maxBytes: number): PermanentError {
  return new PermanentError("SOURCE_TOO_LARGE", `${url} serves more than ${maxBytes} bytes`, {
    hint: "raise source.maxBytes if the source is right",
  });
}

function tooSlow(url: string, timeoutMs: number, cause: unknown): TransientError {
  return new TransientError("SOURCE_TIMEOUT", `${url} did not answer within ${timeoutMs / 1000} s`, {
    cause,
    hint: "is the source overloaded? source.timeout sets the limit",
  });
}

function unreachable(url: string, cause: unknown): TransientError {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
  return new TransientError("SOURCE_UNREACHABLE", `${url} cannot be reached: ${reason}`, {
    cause,
    hint: "is the source up, and source.url right?",
  });
}

function brokenOff(url: string, length: number, cause: unknown): TransientError {
  return new TransientError("SOURCE_INCOMPLETE", `${url} broke off after ${length} bytes`, { cause });
}
