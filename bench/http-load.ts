import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** What a load saw. Latencies in ms, in the order in which requests were sent; failures count apart. */
export interface Load {
  readonly latencies: readonly number[];
  readonly failed: number;
  readonly seconds: number;
}

/**
 * Asks again and again over so many connections, each as fast as it is answered: for the most a server can do. Raw
 * sockets, because a client library would cost more than the server.
 */
export async function saturate(port: number, connections: number, seconds: number): Promise<Load> {
  const latencies: number[] = [];
  let failed = 0;
  const until = performance.now() + seconds * 1000;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = await openClient(port);
      while (performance.now() < until) {
        const asked = performance.now();
        if ((await client.ask()) === 200) latencies.push(performance.now() - asked);
        else failed += 1;
      }
      client.close();
    }),
  );
  return { latencies, failed, seconds: (performance.now() - began) / 1000 };
}

interface PacedOptions {
  readonly port: number;
  readonly perSecond: number;
  /** Ends the load; absent requests are waited for. */
  readonly until: Promise<unknown>;
  readonly connections?: number;
}

/** Asks at a steady rate, whatever the answers do; a request counts from the moment it was due. */
export async function pace({ port, perSecond, until, connections = 64 }: PacedOptions): Promise<Load> {
  const latencies: number[] = [];
  let failed = 0;
  const over = new AbortController();
  void until.then(() => over.abort());
  const idle = await Promise.all(Array.from({ length: connections }, () => openClient(port)));
  const running = new Set<Promise<void>>();
  const began = performance.now();
  const ask = async (due: number): Promise<void> => {
    const client = idle.pop() ?? (await openClient(port).catch(() => undefined));
    const status = client === undefined ? 0 : await client.ask();
    if (status === 200) latencies.push(performance.now() - due);
    else failed += 1;
    if (client !== undefined && status !== 0) idle.push(client);
  };
  for (let sent = 0; !over.signal.aborted;) {
    const due = Math.floor(((performance.now() - began) * perSecond) / 1000);
    for (; sent < due; sent += 1) {
      const asked = ask(began + (sent * 1000) / perSecond).finally(() => running.delete(asked));
      running.add(asked);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(running);
  for (const client of idle) client.close();
  return { latencies, failed, seconds: (performance.now() - began) / 1000 };
}

export const p50 = ({ latencies }: Load): number => quantile(latencies, 50);
export const quantile = (values: readonly number[], percent: number): number =>
  values.length === 0
    ? Number.NaN
    : (values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil((percent / 100) * values.length) - 1)] ?? Number.NaN);
export const perSecond = ({ latencies, seconds }: Load): number => Math.round(latencies.length / seconds);

interface Client {
  /** The answer's status, 0 where the connection broke. */
  ask(): Promise<number>;
  close(): void;
}

const request = "GET / HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\n\r\n";

async function openClient(port: number): Promise<Client> {
  const socket: Socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  let settle: ((status: number) => void) | undefined;
  let received = "";
  const answer = (status: number) => {
    received = "";
    settle?.(status);
    settle = undefined;
  };
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    const head = received.indexOf("\r\n\r\n");
    if (head === -1) return;
    const length = Number(/^content-length: (\d+)/im.exec(received)?.[1] ?? Number.NaN);
    const isWhole = Number.isNaN(length) ? received.endsWith("0\r\n\r\n") : received.length >= head + 4 + length;
    if (isWhole) answer(Number(received.slice(9, 12)));
  });
  socket.on("error", () => answer(0));
  socket.on("close", () => answer(0));
  return {
    ask: () =>
      new Promise((resolve) => {
        if (socket.destroyed) return resolve(0);
        settle = resolve;
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}
