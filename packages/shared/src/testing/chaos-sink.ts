import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { ChaosJudge, type RunMessage } from "./chaos-judge.ts";

/** Something outside of Lockstep that runs write to, and that judges them. */
export interface ChaosSink extends AsyncDisposable {
  readonly url: string;
  readonly judge: ChaosJudge;
}

export async function startChaosSink(): Promise<ChaosSink> {
  const judge = new ChaosJudge();
  const server = createServer((request, response) => {
    void answer(judge, request).then((result) => response.end(JSON.stringify(result)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    judge,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function answer(judge: ChaosJudge, request: IncomingMessage): Promise<unknown> {
  const message = (await json(request)) as RunMessage;
  return judge[message.what](message);
}
