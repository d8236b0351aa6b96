import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { PermanentError, TransientError } from "@lockstep/shared/runtime";
import { EnvHttpProxyAgent, request, type Dispatcher } from "undici";
import type { Credentials } from "../credentials.ts";
import { gitError } from "../git-error.ts";

export type HttpServiceName = "git-upload-pack" | "git-receive-pack";

export interface HttpRemote {
  /** http or https, without credentials. */
  readonly url: string;
  readonly credentials?: Credentials | undefined;
}

export interface HttpQuestion {
  readonly service: HttpServiceName;
  readonly body: string | Buffer | Readable;
  /** `Git-Protocol`; absent: version 0. */
  readonly protocol?: "version=2";
}

/** Whether a remote is asked over HTTP, or by git itself. */
export function isHttp(url: string): boolean {
  return /^https?:\/\//.test(url);
}

/** Milliseconds between two bytes, and until the answer begins: a big push is unpacked before a word is said. */
const silence = { bodyTimeout: 120_000, headersTimeout: 600_000 };
let dispatcher: Dispatcher | undefined;

/**
 * One request of git's smart HTTP: https://git-scm.com/docs/gitprotocol-http. The answer's bytes as they come.
 * Throws with the codes of `gitError`: what a status means is the same whoever asks. Follows no redirect, so that
 * credentials reach no other host (I9).
 */
export async function askService(
  { url, credentials }: HttpRemote,
  question: HttpQuestion,
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  const { service, body, protocol } = question;
  const authorization = await credentials?.authorization(url, signal);
  const asked = request(`${url.replace(/\/+$/, "")}/${service}`, {
    method: "POST",
    headers: {
      "content-type": `application/x-${service}-request`,
      accept: `application/x-${service}-result`,
      "user-agent": "git/lockstep",
      ...(protocol === undefined ? {} : { "git-protocol": protocol }),
      ...(authorization === undefined ? {} : { authorization: authorization.reveal() }),
    },
    body,
    signal,
    dispatcher: (dispatcher ??= createDispatcher()),
    ...silence,
  });
  const answer = await asked.catch((error: unknown) => unreachable(error, { service, signal }));
  if (answer.statusCode === 200) return readAnswer(answer.body, { service, signal });
  const words = await answer.body.text().catch(() => "");
  throw statusError(service, answer, words);
}

/** The proxies and authorities that git itself would use. */
function createDispatcher(): Dispatcher {
  const authorities = process.env["GIT_SSL_CAINFO"];
  const connect = authorities === undefined ? {} : { connect: { ca: readFileSync(authorities, "utf8") } };
  return new EnvHttpProxyAgent({ keepAliveTimeout: 4000, ...connect });
}

interface Asked {
  readonly service: HttpServiceName;
  readonly signal: AbortSignal;
}

async function* readAnswer(body: AsyncIterable<Buffer>, asked: Asked): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    unreachable(error, asked);
  }
}

/** A failure of the connection, in the middle or before it began. */
function unreachable(error: unknown, { service, signal }: Asked): never {
  if (signal.aborted) throw signal.reason;
  if (error instanceof PermanentError || error instanceof TransientError) throw error;
  const words = error instanceof Error ? `${error.message} ${codeOf(error)}` : String(error);
  if (/certificate|self.signed|CERT_/i.test(words)) throw gitError([service], `fatal: certificate problem: ${words}`);
  throw new TransientError("GIT_UNREACHABLE", `${service}: ${words}`, {
    cause: error,
    hint: "Check the network, the proxy, and whether the host is up.",
  });
}

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : "";
}

function statusError(service: string, { statusCode, headers }: Dispatcher.ResponseData, words: string): Error {
  const error = gitError([service], `remote: ${words.slice(0, 300)}\nfatal: the remote returned error: ${statusCode}`);
  const seconds = Number(headers["retry-after"]);
  if (!(error instanceof TransientError) || headers["retry-after"] === undefined || !(seconds >= 0)) return error;
  return new TransientError(error.code, error.message, { retryAfterMs: seconds * 1000 });
}
