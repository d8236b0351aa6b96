import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNatsServer, type NatsServer } from "@lockstep/nats-server";
import { startForge, startSource, type AppRegistration, type EditableSource, type Forge } from "@lockstep/sandbox";
import { connectBus, createLog, type Bus, type StoredMessage } from "@lockstep/shared/runtime";

export const repository = "acme/models";
export const route = "models";

export type ServiceName = "watcher" | "comparator" | "publisher" | "console";

/** A service as a process of its own. */
export interface ServiceProcess {
  readonly pid: number;
  /** What it has logged so far. */
  log(): string;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
}

/** Real peers on free ports, and the services as processes. */
export interface World extends AsyncDisposable {
  readonly nats: NatsServer;
  readonly forge: Forge;
  readonly source: EditableSource;
  readonly bus: Bus;
  readonly config: string;
  readonly folder: string;
  /** Services in one process. */
  start(...names: readonly ServiceName[]): ServiceProcess;
  /** The same elsewhere: another NATS, other caches. */
  startAt(natsUrl: string, cache: string, names: readonly ServiceName[]): ServiceProcess;
  /** The first event from a sequence on for which the predicate holds. Throws after 40 s. */
  event(matches: (message: StoredMessage) => boolean, from?: number): Promise<StoredMessage>;
}

export interface WorldOptions {
  /** What the source serves as `text_generation`. */
  readonly records?: Readonly<Record<string, unknown>>;
  /** `db.json` at the target when the world begins; null: the repository has a README only. */
  readonly target?: Readonly<Record<string, unknown>> | null;
  /** Changes to the configuration. */
  readonly configure?: (config: WorldConfig) => unknown;
  readonly app?: AppRegistration;
}

/** The configuration that the world begins with. */
export type WorldConfig = ReturnType<typeof usualConfig>;

const cli = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  await using unfinished = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "lockstep-e2e-"));
  unfinished.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  const nats = unfinished.use(await startNatsServer());
  const forge = unfinished.use(await startForge(options.app === undefined ? {} : { app: options.app }));
  const source = unfinished.use(await startSource({ catalogs: { text_generation: options.records ?? {} } }));
  const { target = {} } = options;
  const files = target === null ? { "README.md": "models\n" } : { "db.json": text(target) };
  await forge.createRepository({ owner: "acme", name: "models", files });
  const config = join(folder, "lockstep.yaml");
  const usual = usualConfig({ forge, source });
  await writeFile(config, JSON.stringify(options.configure?.(usual) ?? usual));
  const closing = new AbortController();
  const log = createLog("test", { write: () => {} });
  const bus = unfinished.use(
    await connectBus({ nats: { servers: nats.url }, source: "lockstep/test", log, signal: closing.signal }),
  );
  await bus.provision({ replicas: 1, ackWaitMs: 2000 });
  const processes = new Set<ServiceProcess>();
  unfinished.defer(async () => {
    await Promise.all([...processes].map((one) => one.kill()));
  });
  const startAt = (natsUrl: string, cache: string, names: readonly ServiceName[]) => {
    const started = startService(["run", ...names, "--config", config, "--nats", natsUrl], {
      LOCKSTEP_CACHE: cache,
      LOCKSTEP_LEASE_SECONDS: "1",
      LOCKSTEP_CONSOLE_PORT: "0",
    });
    processes.add(started);
    return started;
  };
  const all = unfinished.move();
  return {
    nats,
    forge,
    source,
    bus,
    config,
    folder,
    start: (...names) => startAt(nats.url, join(folder, "cache"), names),
    startAt,
    event: (matches, from = 1) => findEvent(bus, matches, from),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** A catalog's text in the manner of a new file. */
export function text(records: unknown): string {
  return `${JSON.stringify(records, undefined, 4)}\n`;
}

function usualConfig({ forge, source }: { readonly forge: Forge; readonly source: EditableSource }) {
  return {
    github: { apiUrl: forge.apiUrl, token: forge.token },
    routes: {
      [route]: {
        kind: "catalog",
        source: { url: source.url, categories: ["text_generation"] },
        targets: { text: { repository, pullRequest: { maxDeletions: "100%" } } },
        triggers: { interval: "1h" },
      },
    } as Record<string, unknown>,
  };
}

function startService(args: readonly string[], env: Readonly<Record<string, string>>): ServiceProcess {
  const child: ChildProcess = spawn(process.execPath, [cli, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, "exit");
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await exited;
    }
    return child.exitCode;
  };
  return {
    pid: child.pid ?? 0,
    log: () => output,
    kill: async () => void (await end("SIGKILL")),
    stop: () => end("SIGTERM"),
  };
}

const limitMs = 40_000;

/** The first event of a bus from a sequence on for which the predicate holds. Throws after 40 s. */
export async function findEvent(
  bus: Bus,
  matches: (message: StoredMessage) => boolean,
  from: number,
): Promise<StoredMessage> {
  const found = new AbortController();
  const limit = AbortSignal.timeout(limitMs);
  const seen: string[] = [];
  const tail = bus.tail("EVENTS", { subjects: ["lockstep.>"], from, signal: AbortSignal.any([found.signal, limit]) });
  try {
    for await (const message of tail) {
      if (matches(message)) return message;
      seen.push(`${message.seq} ${message.subject}`);
    }
  } finally {
    found.abort();
  }
  throw new Error(`no such event within ${limitMs / 1000} s; seen:\n${seen.join("\n")}`);
}
