import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { promisify } from "node:util";
import { startNatsServer, type NatsServer } from "@lockstep/nats-server";
import { parseConfig, type Config, type ConfigStore } from "@lockstep/shared/config";
import { changeDetected, type ChangeDetected } from "@lockstep/shared/contracts";
import { connectBus, createLog, type Bus, type Log, type StoredMessage } from "@lockstep/shared/runtime";

const run = promisify(execFile);

/** A nats-server with everything provisioned, and all that was ever published on it. */
export interface World extends AsyncDisposable {
  readonly server: NatsServer;
  readonly bus: Bus;
  /** Every event so far, in order; complete up to the last `settle`. */
  readonly events: readonly StoredMessage[];
  /** Every change of a route so far. */
  changes(route: string): readonly ChangeDetected[];
  /** Brings all that was published before into `events`. */
  settle(): Promise<void>;
  /** Another connection, as another process would have it; closed with the world. */
  connect(): Promise<Bus>;
  /** Stops the server in its tracks: it answers nothing until `server.thaw`. */
  freeze(): Promise<void>;
  /** Publishes as a person does by hand: any subject, any bytes, no headers. */
  publishByHand(subject: string, body: string): Promise<void>;
}

export async function startWorld(): Promise<World> {
  await using unfinished = new AsyncDisposableStack();
  const server = unfinished.use(await startNatsServer());
  const open = async () => unfinished.use(await connectTo(server.url));
  const bus = await open();
  await bus.provision({ replicas: 1 });
  const events: StoredMessage[] = [];
  let next = 1;
  const all = unfinished.move();
  return {
    server,
    bus,
    events,
    changes: (route) =>
      events
        .filter(({ subject }) => subject === changeDetected.subject({ kind: "catalog", route }))
        .map(({ subject, body }) => changeDetected.parse(subject, body)),
    async settle() {
      for (;;) {
        const message = await bus.at("EVENTS", next);
        if (message === undefined) return;
        // Another reader may have had its turn meanwhile.
        if (message.seq === next) next = events.push(message) + 1;
      }
    },
    connect: async () => all.use(await connectTo(server.url)),
    async freeze() {
      server.freeze();
      // It may still answer for a moment: T is what ps calls a process that is stopped.
      while (!(await run("ps", ["-o", "stat=", "-p", String(server.pid)])).stdout.startsWith("T"));
    },
    publishByHand: (subject, body) => publishByHand(server.url, subject, body),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function connectTo(url: string): Promise<Bus> {
  const { signal } = new AbortController();
  return connectBus({ nats: { servers: url }, source: "lockstep/test", log: silentLog(), signal });
}

/** The protocol itself: https://docs.nats.io/reference/reference-protocols/nats-protocol */
async function publishByHand(url: string, subject: string, body: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setEncoding("utf8");
  socket.write(`CONNECT {"verbose":false}\r\nPUB ${subject} ${Buffer.byteLength(body)}\r\n${body}\r\nPING\r\n`);
  for await (const [text] of on(socket)) if (text.includes("PONG")) break;
  socket.destroy();
}

async function* on(socket: ReturnType<typeof connect>): AsyncGenerator<[string]> {
  for (;;) yield (await once(socket, "data")) as [string];
}

function silentLog(): Log {
  return createLog("watcher", { write: () => {} });
}

export interface LogLines {
  readonly log: Log;
  /** Every line so far, parsed. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

export function memoryLog(): LogLines {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const log = createLog("watcher", {
    write: (line) => void lines.push(JSON.parse(line) as Readonly<Record<string, unknown>>),
  });
  return { log, lines };
}

export interface TestConfig extends ConfigStore {
  /** Takes up another file, as a reload does. */
  change(text: string): void;
}

/** A configuration that a test writes as its users do, and changes when it wants. */
export function configOf(text: string): TestConfig {
  const parse = (yaml: string): Config => parseConfig(yaml, { file: "lockstep.yaml", env: {} });
  let current = parse(text);
  const listeners: (() => void)[] = [];
  return {
    get current() {
      return current;
    },
    onChange: (listener) => void listeners.push(listener),
    change(yaml) {
      current = parse(yaml);
      for (const listener of listeners) listener();
    },
    [Symbol.dispose]: () => {},
  };
}

/** A clock that runs, and that a test puts forward. */
export interface Clock {
  readonly now: () => number;
  advance(ms: number): void;
}

export function clockFrom(aheadMs = 0): Clock {
  let ahead = aheadMs;
  return {
    now: () => Date.now() + ahead,
    advance: (ms) => void (ahead += ms),
  };
}
