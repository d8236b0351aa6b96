import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findNatsServer, type NatsServerBinary } from "./find-nats-server.ts";
import { type Guard, guardChild } from "./guard-child.ts";
import { runServer, type ServerRun } from "./run-server.ts";
import { serverConfig } from "./server-config.ts";
import { type Addresses, waitUntilReady } from "./wait-until-ready.ts";

export interface StartOptions {
  /** Default: what `findNatsServer` finds. */
  readonly binary?: Pick<NatsServerBinary, "path"> | undefined;
  /** Default: any free one. */
  readonly port?: number | undefined;
  /** Where JetStream keeps its files. Default: a temporary folder, gone after `stop`. One server at a time. */
  readonly storeFolder?: string | undefined;
  /** Every write on the disk before it is acknowledged. Default: false, which is faster and enough for tests. */
  readonly durable?: boolean | undefined;
  /** More configuration in the server's own language, e.g. accounts. */
  readonly config?: string | undefined;
  /** A file to which what the server prints is added. Default: a temporary one. */
  readonly log?: string | undefined;
  /** How long it may take to be ready, in milliseconds; a large store takes its time. Default: 30000. */
  readonly readyWithinMs?: number | undefined;
  /** Told of long work before the start, such as a download. */
  readonly report?: ((line: string) => void) | undefined;
  /** Gives up the start; a started server is not stopped by it. */
  readonly signal?: AbortSignal | undefined;
}

/** A nats-server of our own, on the loopback interface. It ends with this process, in whatever way that ends. */
export interface NatsServer extends AsyncDisposable {
  readonly url: string;
  readonly monitorUrl: string;
  /** Another one after each `restart`. */
  readonly pid: number;
  readonly storeFolder: string;
  /** Ends it in good order and removes what was temporary. Safe to repeat. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** Starts it again, on the same ports and the same store; one that runs is stopped before. */
  restart(): Promise<void>;
  /** Stops it in its tracks, and lets it go on: SIGSTOP and SIGCONT, not on Windows. */
  freeze(): void;
  thaw(): void;
}

const stopsWithinMs = 5_000;

/**
 * Starts a nats-server with JetStream and waits until it is ready.
 * @throws {PermanentError} NATS_SERVER_START_FAILED, NATS_SERVER_UNGUARDED, and what `findNatsServer` throws
 * @throws {TransientError} NATS_SERVER_NOT_READY
 */
export async function startNatsServer(options: StartOptions = {}): Promise<NatsServer> {
  const { report, signal } = options;
  const binary = options.binary ?? (await findNatsServer({ report, signal }));
  await using unfinished = new AsyncDisposableStack();
  const workFolder = await mkdtemp(join(tmpdir(), "lockstep-nats-"));
  unfinished.defer(() => rm(workFolder, { recursive: true, force: true, maxRetries: 5 }));
  const guard = await guardChild(workFolder);
  unfinished.defer(() => guard.release());
  const server = new OwnNatsServer({ options, binary: binary.path, workFolder, guard });
  unfinished.defer(() => server.kill());
  await server.start(signal);
  server.onStop(unfinished.move());
  return server;
}

interface Parts {
  readonly options: StartOptions;
  readonly binary: string;
  readonly workFolder: string;
  readonly guard: Guard;
}

class OwnNatsServer implements NatsServer {
  readonly storeFolder: string;
  readonly #parts: Parts;
  readonly #logFile: string;
  #run: ServerRun | undefined;
  #addresses: Addresses | undefined;
  #remains: AsyncDisposableStack | undefined;
  #frozen = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.storeFolder = parts.options.storeFolder ?? join(parts.workFolder, "store");
    this.#logFile = parts.options.log ?? join(parts.workFolder, "nats-server.log");
  }

  get url(): string {
    return this.#started.url;
  }

  get monitorUrl(): string {
    return this.#started.monitorUrl;
  }

  get pid(): number {
    if (this.#run === undefined) throw new Error("the server was never started");
    return this.#run.pid;
  }

  /** What is to be disposed of after the server has ended. */
  onStop(remains: AsyncDisposableStack): void {
    this.#remains = remains;
  }

  async start(signal: AbortSignal = new AbortController().signal): Promise<void> {
    const { options, binary, workFolder, guard } = this.#parts;
    const configFile = join(workFolder, "nats-server.conf");
    await mkdir(this.storeFolder, { recursive: true });
    await writeFile(configFile, this.#config(), { mode: 0o600 });
    const run = await runServer(binary, configFile, this.#logFile);
    guard.watch(run.pid);
    // The number of a process that has ended may be another's soon.
    void run.ended.then(() => guard.watch(undefined));
    this.#run = run;
    const withinMs = options.readyWithinMs ?? 30_000;
    this.#addresses = await waitUntilReady(run, { portsFolder: workFolder, logFile: this.#logFile, withinMs, signal });
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
    await this.#remains?.disposeAsync();
  }

  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async restart(): Promise<void> {
    await this.#end("SIGTERM");
    await this.start();
  }

  freeze(): void {
    this.#run?.signal("SIGSTOP");
    this.#frozen = true;
  }

  thaw(): void {
    this.#run?.signal("SIGCONT");
    this.#frozen = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #started(): Addresses {
    if (this.#addresses === undefined) throw new Error("the server was never started");
    return this.#addresses;
  }

  #config(): string {
    const { options, workFolder } = this.#parts;
    return serverConfig({
      port: this.#addresses === undefined ? (options.port ?? 0) : portOf(this.#addresses.url),
      monitorPort: this.#addresses === undefined ? 0 : portOf(this.#addresses.monitorUrl),
      portsFolder: workFolder,
      storeFolder: this.storeFolder,
      durable: options.durable ?? false,
      extra: options.config ?? "",
    });
  }

  /** A server that does not end when asked is killed; one that is frozen cannot hear before it is thawed. */
  async #end(name: "SIGTERM" | "SIGKILL"): Promise<void> {
    const run = this.#run;
    if (run === undefined || run.hasEnded()) return;
    run.signal(name);
    if (name === "SIGTERM") {
      if (this.#frozen) this.thaw();
      const patience = new AbortController();
      const tooLong = pause(stopsWithinMs, true, { signal: patience.signal }).catch(() => false);
      if (await Promise.race([run.ended, tooLong])) run.signal("SIGKILL");
      patience.abort();
    }
    await run.ended;
    this.#frozen = false;
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
