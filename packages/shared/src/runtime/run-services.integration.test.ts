import { startNatsServer } from "@lockstep/nats-server";
import { once } from "node:events";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { freePort } from "../testing/free-port.ts";
import { connectTo } from "../testing/start-bus.ts";
import { runServices, type RunOptions } from "./run-services.ts";
import { defineService, type Service, type ServiceContext } from "./service.ts";

beforeAll(() => {
  vi.stubEnv("LOCKSTEP_LOG_LEVEL", "silent");
});

interface World extends AsyncDisposable {
  readonly url: string;
  readonly configFile: string;
  run(services: readonly Service[], options?: Partial<RunOptions>): { ended: Promise<void>; stop: () => void };
}

async function startWorld(): Promise<World> {
  await using unfinished = new AsyncDisposableStack();
  const server = unfinished.use(await startNatsServer());
  const folder = unfinished.use(await mkdtempDisposable(join(tmpdir(), "lockstep-run-")));
  const configFile = join(folder.path, "lockstep.yaml");
  await writeFile(configFile, `nats: { servers: "${server.url}" }\n`);
  const stopping = new AbortController();
  unfinished.defer(() => stopping.abort());
  const all = unfinished.move();
  return {
    url: server.url,
    configFile,
    run(services, options = {}) {
      const own = new AbortController();
      const signal = AbortSignal.any([own.signal, stopping.signal]);
      const ended = runServices({ services, configFile, env: {}, signal, provision: true, ...options });
      return { ended, stop: () => own.abort() };
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** A service that does nothing until it is asked to stop, and remembers what it was given. */
function idleService(name: string) {
  const contexts: ServiceContext[] = [];
  const stopped: string[] = [];
  const service = defineService(name, async (context) => {
    contexts.push(context);
    if (!context.signal.aborted) await once(context.signal, "abort");
    stopped.push(name);
  });
  return { service, contexts, stopped };
}

test.concurrent("services run side by side, each with its own bus and name, until they are asked to stop", async () => {
  await using world = await startWorld();
  const [one, two] = [idleService("comparator"), idleService("publisher")];

  const { ended, stop } = world.run([one.service, two.service]);
  await vi.waitUntil(() => one.contexts.length + two.contexts.length === 2, { timeout: 5000 });
  const [first, second] = [one.contexts[0], two.contexts[0]];
  expect(first?.bus).not.toBe(second?.bus);
  expect(first?.holder).toMatch(/^.+\/\d+\/[0-9a-f]{8}$/);
  expect(first?.holder).not.toBe(second?.holder);
  stop();
  await ended;

  expect([...one.stopped, ...two.stopped]).toEqual(["comparator", "publisher"]);
  expect(first?.bus.isUp()).toBe(false);
});

test.concurrent("when one fails all stop, and the failure is what is thrown", async () => {
  await using world = await startWorld();
  const other = idleService("publisher");
  const failing = defineService("comparator", async () => {
    await vi.waitUntil(() => other.contexts.length === 1, { timeout: 5000 });
    throw new Error("a bug");
  });

  await expect(world.run([failing, other.service]).ended).rejects.toThrow("a bug");

  expect(other.stopped).toEqual(["publisher"]);
});

test.concurrent("a process is ready when it has a bus and everything is provisioned, and not before", async () => {
  await using world = await startWorld();
  const { service, contexts } = idleService("publisher");
  const port = await freePort();
  const env = { LOCKSTEP_HEALTH_PORT: String(port), LOCKSTEP_HEALTH_HOST: "127.0.0.1" };
  const status = async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.status;

  const { ended, stop } = world.run([service], { env, provision: false });
  await vi.waitUntil(async () => (await status()) === 503, { timeout: 5000 });
  expect(contexts).toEqual([]);
  await using bus = await connectTo(world.url);
  await bus.provision({ replicas: 1 });

  await vi.waitUntil(async () => (await status()) === 200, { timeout: 5000 });
  expect(contexts).toHaveLength(1);
  stop();
  await ended;
  expect(await status()).toBeUndefined();
});

test.concurrent("a service sees the configuration change without a restart", async () => {
  await using world = await startWorld();
  const { service, contexts } = idleService("publisher");
  const { ended, stop } = world.run([service]);
  await vi.waitUntil(() => contexts.length === 1, { timeout: 5000 });

  await writeFile(
    world.configFile,
    `nats: { servers: "${world.url}" }\ngithub: { apiUrl: https://ghe.example/api/v3 }\n`,
  );

  const apiUrl = () => contexts[0]?.config.current.github.apiUrl;
  await vi.waitUntil(() => apiUrl() === "https://ghe.example/api/v3", { timeout: 5000 });
  stop();
  await ended;
});

test.concurrent("a faulty configuration starts nothing", async () => {
  await using world = await startWorld();
  const { service, contexts } = idleService("publisher");
  await writeFile(world.configFile, "colour: blue\n");

  await expect(world.run([service]).ended).rejects.toMatchObject({ code: "CONFIG_INVALID" });

  expect(contexts).toEqual([]);
});

test.concurrent("a process that waits for NATS, or for streams, can be stopped", async () => {
  await using world = await startWorld();
  const { service, contexts } = idleService("publisher");

  const unreachable = world.run([service], { nats: { servers: "nats://127.0.0.1:1" } });
  const unprovisioned = world.run([service], { provision: false });
  unreachable.stop();
  unprovisioned.stop();
  await Promise.all([unreachable.ended, unprovisioned.ended]);

  expect(contexts).toEqual([]);
});
