import { jetstream, jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { connect, credsAuthenticator, type NodeConnectionOptions } from "@nats-io/transport-node";
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
 * when time is up, NATS_REFUSED for wrong credentials, NATS_TOO_OLD for a server before 2.11.
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
  const started = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await connect(await connectionOptions(options, servers));
    } catch (error) {
      if (isRefusal(error))
        throw new PermanentError("NATS_REFUSED", `NATS at ${String(servers)} refused the credentials`, {
          cause: error,
          hint: "look at nats.user, nats.password, nats.token and nats.credentials in lockstep.yaml",
        });
      const failure = new TransientError("NATS_UNREACHABLE", `NATS at ${String(servers)} does not answer`, {
        cause: error,
        hint: "start nats-server 2.11 or newer with JetStream (-js), or set nats.servers in lockstep.yaml",
      });
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
    timeout: attemptMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    ...(nats.user === undefined ? {} : { user: nats.user }),
    ...(nats.password === undefined ? {} : { pass: nats.password.reveal() }),
    ...(nats.token === undefined ? {} : { token: nats.token.reveal() }),
    ...(nats.credentials === undefined ? {} : { authenticator: credsAuthenticator(await readFile(nats.credentials)) }),
  };
}

async function refuseOldServer(jsm: JetStreamManager, nc: NatsConnection): Promise<void> {
  const version = nc.info?.version ?? "unknown";
  const account = await jsm.getAccountInfo().catch((error: unknown) => {
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
