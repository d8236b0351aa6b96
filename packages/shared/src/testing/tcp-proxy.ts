import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Stands between a client and a server, and can lose what the server says. */
export interface TcpProxy extends AsyncDisposable {
  readonly url: string;
  /** From now on answers are lost; requests still arrive. */
  loseAnswers(): void;
  /** Breaks every connection; new ones work as they should. */
  breakConnections(): void;
}

export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<readonly [Socket, Socket]>();
  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname);
    const pair = [client, server] as const;
    pairs.add(pair);
    client.pipe(server);
    server.pipe(client);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.once("close", () => {
        pairs.delete(pair);
        other.destroy();
      });
      // A broken connection is what this is for.
      one.once("error", () => one.destroy());
    }
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const breakConnections = () => {
    for (const [client, server] of pairs) {
      client.destroy();
      server.destroy();
    }
  };
  return {
    url: `nats://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    loseAnswers() {
      for (const [client, server] of pairs) {
        server.unpipe(client);
        server.resume();
      }
    },
    breakConnections,
    async [Symbol.asyncDispose]() {
      breakConnections();
      proxy.close();
      await once(proxy, "close");
    },
  };
}
