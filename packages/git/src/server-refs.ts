import { EnvHttpProxyAgent, fetch, type Response } from "undici";
import { TransientError, type Secret } from "@lockstep/shared/errors";
import type { Credentials } from "./credentials.ts";
import { gitError } from "./git-error.ts";
import type { Git } from "./git-task.ts";
import { delimiterPacket, flushPacket, packet, readPackets } from "./pkt-line.ts";
import { listRemoteRefs, type Refs } from "./remote-refs.ts";

/** Which refs of which repository. */
export interface RefsQuestion {
  /** Where git would fetch from. */
  readonly url: string;
  /** Beginnings of full ref names (`refs/heads/sync/`); the server leaves all others out. */
  readonly prefixes: readonly string[];
  readonly credentials?: Credentials | undefined;
}

/** Reads what refs a remote has, without fetching anything. */
export interface ServerRefs extends AsyncDisposable {
  /**
   * The refs that begin with one of the prefixes. Throws TransientError or PermanentError with a `GIT_` code, or the
   * signal's reason.
   */
  list(question: RefsQuestion, signal: AbortSignal): Promise<Refs>;
}

interface ServerRefsOptions {
  readonly git: Git;
  /** Milliseconds an answer may take. Default: half a minute. */
  readonly limitMs?: number;
}

const defaultLimitMs = 30_000;
const longestBytes = 64 * 1024 ** 2;

/**
 * Over HTTP it is one request of protocol version 2, `ls-refs` (https://git-scm.com/docs/protocol-v2#_ls_refs), to
 * which the server applies the prefixes: no process, and no list of fifty thousand refs for one. `git ls-remote` asks
 * where that is not to be had: another transport, an older server, a proxy or certificate that only git knows of.
 */
export function openServerRefs({ git, limitMs = defaultLimitMs }: ServerRefsOptions): ServerRefs {
  const agent = new EnvHttpProxyAgent({ keepAliveTimeout: 60_000, allowH2: false });
  return {
    async list({ url, prefixes, credentials }, signal) {
      signal.throwIfAborted();
      const authorization = await credentials?.authorization(url, signal);
      const limit = AbortSignal.timeout(limitMs);
      const asked = { url, prefixes, authorization, agent, signal: AbortSignal.any([signal, limit]) };
      const refs = url.startsWith("http") ? await ask(asked, { signal, limit, limitMs }) : undefined;
      if (refs !== undefined) return only(refs, prefixes);
      const task = listRemoteRefs(
        url,
        prefixes.map((prefix) => `${prefix}*`),
      );
      const auth = authorization === undefined ? undefined : { url, authorization };
      return only(await git.run(task, { signal, limitMs, auth }), prefixes);
    },
    async [Symbol.asyncDispose]() {
      await agent.destroy();
    },
  };
}

interface Asked {
  readonly url: string;
  readonly prefixes: readonly string[];
  readonly authorization: Secret | undefined;
  readonly agent: EnvHttpProxyAgent;
  readonly signal: AbortSignal;
}

interface Limits {
  readonly signal: AbortSignal;
  readonly limit: AbortSignal;
  readonly limitMs: number;
}

/** `undefined` where git itself must ask. */
async function ask(asked: Asked, { signal, limit, limitMs }: Limits): Promise<Refs | undefined> {
  try {
    const response = await request(asked);
    if (response.status !== 200) {
      await response.body?.cancel();
      throw refusal(response);
    }
    return parseRefs(await readBounded(response));
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted)
      throw new TransientError("GIT_TIMEOUT", `ls-refs of ${asked.url} took longer than ${limitMs} ms`);
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function request({ url, prefixes, authorization, agent, signal }: Asked): Promise<Response> {
  return fetch(`${url.replace(/\/+$/, "")}/git-upload-pack`, {
    method: "POST",
    dispatcher: agent,
    signal,
    // Our header must not reach where a redirect leads to (I9).
    redirect: "manual",
    headers: {
      "content-type": "application/x-git-upload-pack-request",
      accept: "application/x-git-upload-pack-result",
      "git-protocol": "version=2",
      "user-agent": "git/lockstep",
      ...(authorization === undefined ? {} : { authorization: authorization.reveal() }),
    },
    body: [
      packet("command=ls-refs"),
      delimiterPacket,
      ...prefixes.map((prefix) => packet(`ref-prefix ${prefix}`)),
      flushPacket,
    ].join(""),
  });
}

/** In the words that git has for it, so that the codes are the same. */
function refusal({ status, headers }: Response): Error {
  const error = gitError(["ls-refs"], `fatal: unable to access: The requested URL returned error: ${status}`);
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  if (!(error instanceof TransientError) || !(seconds >= 0)) return error;
  const { code, message, hint } = error;
  return new TransientError(code, message, { retryAfterMs: seconds * 1000, ...(hint === undefined ? {} : { hint }) });
}

async function readBounded(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > longestBytes) throw new TransientError("GIT_FAILED", "ls-refs: the answer does not end");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Lines of `<oid> <name>[ <attribute>…]`; `undefined` for anything else, such as what version 1 answers. */
function parseRefs(bytes: Buffer): Refs | undefined {
  const refs = new Map<string, string>();
  for (const line of readPackets(bytes) ?? [""]) {
    const [, oid, name] = /^([0-9a-f]{40}|[0-9a-f]{64}) (\S+)/.exec(line) ?? [];
    if (oid === undefined || name === undefined) return undefined;
    refs.set(name, oid);
  }
  return refs;
}

/** Prefixes are a hint to the server, which may send more. */
function only(refs: Refs, prefixes: readonly string[]): Refs {
  return new Map([...refs].filter(([name]) => prefixes.some((prefix) => name.startsWith(prefix))));
}
