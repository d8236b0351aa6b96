import { startNatsServer } from "@lockstep/nats-server";
import { once } from "node:events";
import { writeFile, mkdtempDisposable } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { memoryLog } from "../../testing/memory-log.ts";
import { Secret } from "../secret.ts";
import { connectBus, type ConnectOptions } from "./connect-bus.ts";

function connectWith(nats: ConnectOptions["nats"], options: Partial<ConnectOptions> = {}) {
  const { log } = memoryLog();
  return connectBus({ nats, source: "lockstep/test", log, signal: new AbortController().signal, ...options });
}

/** Speaks as little of the protocol as a client needs to connect, and answers every request in the same way. */
async function startFakeServer(
  version: string,
  answer: object | undefined,
): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((socket) => {
    socket.write(
      `INFO ${JSON.stringify({ server_id: "fake", version, max_payload: 1_048_576, headers: true, proto: 1 })}\r\n`,
    );
    socket.on("error", () => socket.destroy());
    socket.on("data", (data) => {
      for (const line of data.toString().split("\r\n")) {
        const [verb, subject, reply = ""] = line.split(" ");
        if (verb === "PING") socket.write("PONG\r\n");
        if (verb !== "PUB" || subject !== "$JS.API.INFO" || answer === undefined) continue;
        const body = JSON.stringify(answer);
        socket.write(`MSG ${reply} 1 ${body.length}\r\n${body}\r\n`);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

test.concurrent("a server too old for a key's time to live is refused: a lease would never end", async () => {
  await using server = await startFakeServer("2.10.22", {
    type: "io.nats.jetstream.api.v1.account_info_response",
    api: {},
  });

  await expect(connectWith({ servers: server.url })).rejects.toMatchObject({
    name: "PermanentError",
    code: "NATS_TOO_OLD",
    message: "nats-server 2.10.22 is too old",
    hint: "use 2.11 or newer",
  });
});

test.concurrent("a server without JetStream is refused", async () => {
  await using server = await startNatsServer({
    config: 'accounts { A { users: [{ user: "me", password: "pass" }] } }\nno_auth_user: me',
  });

  await expect(connectWith({ servers: server.url })).rejects.toMatchObject({
    name: "PermanentError",
    code: "NATS_NO_JETSTREAM",
    message: expect.stringMatching(/^nats-server \d+\.\d+\.\d+ does not offer JetStream to this user$/),
  });
});

test.concurrent("a server that does not answer is one clear error within the limit, and one line before", async () => {
  const { log, lines } = memoryLog();
  const started = performance.now();

  const refused = connectWith({ servers: "nats://127.0.0.1:1" }, { log, giveUpAfterMs: 700 });

  await expect(refused).rejects.toMatchObject({
    name: "TransientError",
    code: "NATS_UNREACHABLE",
    message: "NATS at nats://127.0.0.1:1 does not answer",
    hint: expect.stringContaining("nats.servers"),
  });
  expect(performance.now() - started).toBeLessThan(2000);
  expect(lines.map(({ msg }) => msg)).toEqual(["waiting for NATS"]);
});

test.concurrent("a server that accepts and says nothing is given up within the limit too", async () => {
  const silent = createServer((socket) => socket.on("error", () => socket.destroy()));
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const started = performance.now();

  const refused = connectWith(
    { servers: `nats://127.0.0.1:${(silent.address() as AddressInfo).port}` },
    { giveUpAfterMs: 700 },
  );

  await expect(refused).rejects.toMatchObject({ code: "NATS_UNREACHABLE" });
  expect(performance.now() - started).toBeLessThan(2000);
  silent.close();
});

test.concurrent("whoever waits for a server can give up", async () => {
  const enough = new AbortController();

  const waiting = connectWith({ servers: "nats://127.0.0.1:1" }, { signal: enough.signal });
  enough.abort(new Error("enough"));

  await expect(waiting).rejects.toThrow(/enough|aborted/);
});

test.concurrent("wrong credentials are refused at once, whatever they are, and not shown (I9)", async () => {
  await using server = await startNatsServer({ config: 'authorization { user: "me", password: "a-right-password" }' });
  const wrong = { servers: server.url, user: "me", password: new Secret("a-wrong-password") };

  await expect(connectWith(wrong)).rejects.toMatchObject({
    name: "PermanentError",
    code: "NATS_REFUSED",
    message: expect.not.stringContaining("a-wrong-password"),
  });
  await expect(connectWith({ servers: server.url })).rejects.toMatchObject({ code: "NATS_REFUSED" });
  await using bus = await connectWith({ ...wrong, password: new Secret("a-right-password") });
  expect(bus.isUp()).toBe(true);
});

test.concurrent("a token is sent as one", async () => {
  await using server = await startNatsServer({ config: 'authorization { token: "a-right-token" }' });

  await using bus = await connectWith({ servers: [server.url], token: new Secret("a-right-token") });

  expect(bus.isUp()).toBe(true);
});

test.concurrent("credentials that cannot be read are named, not taken for a server that is down", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "lockstep-creds-"));
  const empty = join(folder.path, "empty.creds");
  await writeFile(empty, "nothing of use");
  await using server = await startNatsServer();

  for (const credentials of ["/nowhere/user.creds", empty])
    await expect(connectWith({ servers: server.url, credentials })).rejects.toMatchObject({
      name: "PermanentError",
      code: "NATS_CREDENTIALS_UNREADABLE",
      message: expect.stringContaining(credentials),
    });
});
