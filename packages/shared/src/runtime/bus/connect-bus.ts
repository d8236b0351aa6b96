import { JetStreamApiError, jetstream, jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { connect, credsAuthenticator, type Authenticator, type NodeConnectionOptions } from "@nats-io/transport-node";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { NatsOptions } from "../../config/schema.ts";
import { PermanentError, TransientError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Bus } from "./bus.ts";
import { createBus } from "./create-bus.ts";
import { followLink } from "./link.ts";

export interface ConnectOptions {
  readonly nats: NatsOptions;
  /** `lockstep/<service>`: the connection's name and the events' `ce-source`. */
  readonly source: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** How long to try before giving up; absent: for ever, saying so. */
  readonly giveUpAfterMs?: number;
}

const defaultServer = "nats://127.0.0.1:4222";
const attemptMs = 3000;

/**
 * Connects, checks that the server is one that a lease can trust, and opens the bus. Throws NATS_UNREACHABLE
 * when time is up, NATS_REFUSED for wrong credentials, NATS_CREDENTIALS_UNREADABLE for a file that holds none,
 * NATS_TOO_OLD for a server before 2.11, NATS_NO_JETSTREAM for one without JetStream.
 */
export async function connectBus(options: ConnectOptions): Promise<Bus> {
  const nc = await keepConnecting(options);
  try {
    const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: 5000 });
    await refuseOldServer(jsm, nc);
    const link = followLink(nc, options.log);
    return createBus({ nc, jsm, js: jetstream(nc, { timeout: 5000 }), source: options.source, link });
  } catch (error) {
    await nc.close();
    throw error;
  }
}

async function keepConnecting(options: ConnectOptions): Promise<NatsConnection> {
  const { log, signal, giveUpAfterMs } = options;
  const servers = options.nats.servers ?? defaultServer;
  const settings = await connectionOptions(options, servers);
  const started = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      const left = giveUpAfterMs === undefined ? attemptMs : giveUpAfterMs - (performance.now() - started);
      return await connect({ ...settings, timeout: Math.max(100, Math.min(attemptMs, left)) });
    } catch (error) {
      if (isRefusal(error))
        throw new PermanentError("NATS_REFUSED", `NATS at ${String(servers)} refused the credentials`, {
          cause: error,
          hint: "look at nats.user, nats.password, nats.token and nats.credentials in lockstep.yaml",
        });
      const failure = unreachable(servers, error);
      if (giveUpAfterMs !== undefined && performance.now() - started > giveUpAfterMs) throw failure;
      if (attempt % 10 === 1) log.error({ error: failure }, "waiting for NATS");
      await pause(Math.min(2000, 100 * attempt), undefined, { signal });
    }
  }
}

async function connectionOptions(
  { nats, source }: ConnectOptions,
  servers: string | readonly string[],
): Promise<NodeConnectionOptions> {
  return {
    servers: typeof servers === "string" ? servers : [...servers],
    name: source,
    inboxPrefix: `_INBOX_${source.split("/").at(-1) ?? "lockstep"}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    ...(nats.user === undefined ? {} : { user: nats.user }),
    ...(nats.password === undefined ? {} : { pass: nats.password.reveal() }),
    ...(nats.token === undefined ? {} : { token: nats.token.reveal() }),
    ...(nats.credentials === undefined ? {} : { authenticator: await authenticatorOf(nats.credentials) }),
  };
}

async function authenticatorOf(file: string): Promise<Authenticator> {
  try {
    const authenticator = credsAuthenticator(await readFile(file));
    // The library reads the file's content when it signs: try that now, where it can be told from a server's refusal.
    authenticator("nonce");
    return authenticator;
  } catch (error) {
    throw new PermanentError("NATS_CREDENTIALS_UNREADABLE", `The NATS credentials ${file} cannot be used`, {
      cause: error,
      hint: "nats.credentials in lockstep.yaml names a .creds file, as `nsc generate creds` writes it",
    });
  }
}

async function refuseOldServer(jsm: JetStreamManager, nc: NatsConnection): Promise<void> {
  const version = nc.info?.version ?? "unknown";
  const account = await jsm.getAccountInfo().catch((error: unknown) => {
    if (!isNotEnabled(error)) throw unreachable(nc.getServer(), error);
    throw new PermanentError("NATS_NO_JETSTREAM", `nats-server ${version} does not offer JetStream to this user`, {
      cause: error,
      hint: "start it with -js, or enable JetStream for the account",
    });
  });
  // On 2.10 a key's time to live is accepted and ignored, so that a lease never ends.
  if ((account.api.level ?? 0) >= 1) return;
  throw new PermanentError("NATS_TOO_OLD", `nats-server ${version} is too old`, { hint: "use 2.11 or newer" });
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && /authorization|authentication/i.test(`${error.name} ${error.message}`);
}

function unreachable(servers: string | readonly string[], cause: unknown): TransientError {
  return new TransientError("NATS_UNREACHABLE", `NATS at ${String(servers)} does not answer`, {
    cause,
    hint: "start nats-server 2.11 or newer with JetStream (-js), or set nats.servers in lockstep.yaml",
  });
}

/** JSNotEnabledErr and JSNotEnabledForAccountErr of nats-server, or nobody there who could answer. */
function isNotEnabled(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return [10_076, 10_039].includes(error.code);
  return error instanceof Error && error.name === "JetStreamNotEnabled";
}
