import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtempDisposable, readdir, readFile, stat } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { guardChild } from "./guard-child.ts";
import { startNatsServer } from "./start-nats-server.ts";

test("a started server is ready, and stopping it leaves nothing behind", async () => {
  const server = await startNatsServer();

  expect(server.url).toMatch(/^nats:\/\/127\.0\.0\.1:\d+$/);
  expect(await jetStream(server.monitorUrl)).toMatchObject({ config: { sync_interval: 120_000_000_000 } });
  expect(isAlive(server.pid)).toBe(true);

  await server.stop();
  await server.stop();

  expect(isAlive(server.pid)).toBe(false);
  await expect(access(dirname(server.storeFolder))).rejects.toThrow("ENOENT");
});

test("after kill -9 it comes back on the same ports with the same store", async () => {
  await using server = await startNatsServer({ durable: true });
  const { url, monitorUrl, pid } = server;
  await request(url, "$JS.API.STREAM.CREATE.KEPT", JSON.stringify({ name: "KEPT", subjects: ["kept"] }));

  await server.kill();
  expect(isAlive(pid)).toBe(false);
  await server.restart();

  expect(server).toMatchObject({ url, monitorUrl });
  expect(server.pid).not.toBe(pid);
  expect(await jetStream(monitorUrl)).toMatchObject({ streams: 1, config: { sync_always: true } });
});

test("a running server is stopped before it is started again", async () => {
  await using server = await startNatsServer();
  const { pid, url } = server;

  await server.restart();

  expect(isAlive(pid)).toBe(false);
  expect(server.url).toBe(url);
});

test("a given port, store, log and configuration are used, and a given store stays", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "given-"));
  const [storeFolder, log] = [join(folder.path, "store"), join(folder.path, "nats.log")];
  const first = await startNatsServer({ storeFolder, log, config: 'server_name: "chosen"' });
  const port = Number(new URL(first.url).port);
  expect(await monitored(`${first.monitorUrl}/varz`)).toMatchObject({ server_name: "chosen" });
  await first.stop();

  await using second = await startNatsServer({ storeFolder, log, port });

  expect(second.url).toBe(first.url);
  expect((await stat(join(storeFolder, "jetstream"))).isDirectory()).toBe(true);
  expect((await readFile(log, "utf8")).match(/Server is ready/g)).toHaveLength(2);
});

test("a server that cannot start says why, and leaves nothing behind", async () => {
  await using server = await startNatsServer();

  const second = startNatsServer({ port: Number(new URL(server.url).port) });

  await expect(second).rejects.toMatchObject({
    code: "NATS_SERVER_START_FAILED",
    message: expect.stringContaining("address already in use"),
  });
  await expect(startNatsServer({ binary: { path: "/nowhere/nats-server" } })).rejects.toMatchObject({
    code: "NATS_SERVER_START_FAILED",
    message: expect.stringContaining("ENOENT"),
  });
});

test("a start that takes too long, or is given up, ends", async () => {
  await expect(startNatsServer({ readyWithinMs: -1 })).rejects.toMatchObject({ code: "NATS_SERVER_NOT_READY" });
  await expect(startNatsServer({ signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
});

describe.skipIf(process.platform === "win32")("on a machine with signals", () => {
  test("a frozen server answers nothing until it is thawed, and can be stopped frozen", async () => {
    await using server = await startNatsServer();

    server.freeze();
    await expect(fetch(`${server.monitorUrl}/healthz`, { signal: AbortSignal.timeout(100) })).rejects.toThrow(
      "timeout",
    );
    server.thaw();
    expect((await fetch(`${server.monitorUrl}/healthz`)).status).toBe(200);

    server.freeze();
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
  });

  test.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)(
    "a parent ended by %s leaves no server and no files",
    async (name) => {
      const parent = spawn(process.execPath, ["--input-type=module-typescript", "-e", startAndTell], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      onTestFinished(() => void parent.kill("SIGKILL"));
      const [line] = await once(createInterface({ input: parent.stdout }), "line");
      const { url, storeFolder } = JSON.parse(String(line));
      expect(await isListening(url)).toBe(true);

      parent.kill(name);

      await vi.waitUntil(async () => !(await isListening(url)), { timeout: 5_000, interval: 10 });
      await vi.waitUntil(
        async () =>
          access(dirname(storeFolder)).then(
            () => false,
            () => true,
          ),
        { timeout: 5_000, interval: 10 },
      );
    },
  );

  test.each(["linux", "win32"])(
    "the watcher of %s ends what it was told of last, and spares what it was told to forget",
    async (platform) => {
      await using folder = await mkdtempDisposable(join(tmpdir(), "guard-"));
      const [spared, ended] = [spawn("sleep", ["60"]), spawn("sleep", ["60"])];
      onTestFinished(() => void spared.kill());
      onTestFinished(() => void ended.kill());
      const [one, other] = [join(folder.path, "one"), join(folder.path, "other")];
      await Promise.all([mkdir(one), mkdir(other)]);
      const inner = `
      import { guardChild } from ${JSON.stringify(import.meta.resolve("./guard-child.ts"))};
      const forgetful = await guardChild(${JSON.stringify(one)}, "${platform}");
      forgetful.watch(${spared.pid});
      forgetful.watch(undefined);
      (await guardChild(${JSON.stringify(other)}, "${platform}")).watch(${ended.pid});
    `;
      const gone = once(ended, "exit");
      const parent = spawn(process.execPath, ["--input-type=module-typescript", "-e", inner], { stdio: "inherit" });

      expect(await once(parent, "exit")).toEqual([0, null]);
      await gone;
      await vi.waitUntil(async () => (await readdir(folder.path)).length === 0, { timeout: 5_000, interval: 10 });

      expect(spared.exitCode ?? spared.signalCode).toBeNull();
    },
  );

  test("a watcher that is released touches nothing", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "guard-"));
    const guard = await guardChild(folder.path);
    guard.watch(process.pid);

    guard.release();
    guard.watch(undefined);

    await expect(access(folder.path)).resolves.toBeUndefined();
  });
});

const startAndTell = `
  import { startNatsServer } from ${JSON.stringify(import.meta.resolve("./start-nats-server.ts"))};
  const { url, storeFolder } = await startNatsServer();
  console.log(JSON.stringify({ url, storeFolder }));
`;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  return new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  }).finally(() => socket.destroy());
}

async function monitored(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}

async function jetStream(monitorUrl: string): Promise<unknown> {
  return monitored(`${monitorUrl}/jsz`);
}

/** One request in the bare protocol: this package needs no client for more. */
async function request(url: string, subject: string, body: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setEncoding("utf8");
  socket.write(
    `CONNECT {"verbose":false}\r\nSUB inbox 1\r\nPUB ${subject} inbox ${Buffer.byteLength(body)}\r\n${body}\r\n`,
  );
  let text = "";
  for await (const chunk of socket) {
    text += String(chunk);
    if (/MSG inbox[^\n]*\n[^\n]*\n/.test(text)) break;
  }
  return text;
}
