import { startNatsServer, type NatsServer } from "@lockstep/nats-server";
import type { Bus } from "../runtime/bus/bus.ts";
import { connectBus } from "../runtime/bus/connect-bus.ts";
import { createLog } from "../runtime/log.ts";

export interface BusWorld extends AsyncDisposable {
  readonly server: NatsServer;
  readonly bus: Bus;
  /** Another connection, as another process would have it; closed with the world. */
  connect(): Promise<Bus>;
}

/** A server of its own with everything provisioned, and a connection to it. */
export async function startBus(): Promise<BusWorld> {
  await using unfinished = new AsyncDisposableStack();
  const server = unfinished.use(await startNatsServer());
  const connect = async () => unfinished.use(await connectTo(server.url));
  const bus = await connect();
  await bus.provision({ replicas: 1 });
  const all = unfinished.move();
  return {
    server,
    bus,
    connect: async () => all.use(await connectTo(server.url)),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** A connection that says nothing, whatever happens. */
export function connectTo(url: string, source = "lockstep/test"): Promise<Bus> {
  const log = createLog("test", { write: () => {} });
  return connectBus({ nats: { servers: url }, source, log, signal: new AbortController().signal });
}
