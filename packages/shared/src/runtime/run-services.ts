import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { openConfig, type ConfigStore } from "../config/config-store.ts";
import type { NatsOptions } from "../config/schema.ts";
import type { Bus } from "./bus/bus.ts";
import { BusError } from "./bus/bus-error.ts";
import { connectBus } from "./bus/connect-bus.ts";
import { startHealth } from "./health.ts";
import { createLog, type Log } from "./log.ts";
import type { Service } from "./service.ts";
import { ackWaitMs, readLimits } from "./work/queue.ts";

export interface RunOptions {
  readonly services: readonly Service[];
  readonly configFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Overrides the configuration's servers: `lockstep up` starts its own. */
  readonly nats?: NatsOptions;
  /** Creates streams and buckets first; otherwise the services wait until `lockstep provision` has. */
  readonly provision?: boolean;
}

/**
 * Runs services in this process until the signal fires, each with its own connection and log. When one
 * fails, all stop and the failure is thrown: half a process is worse than a restart.
 */
export async function runServices(options: RunOptions): Promise<void> {
  const { services, configFile, env, signal } = options;
  const log = createLog("lockstep");
  using config = await openConfig(configFile, log);
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const ready = new Map<string, () => boolean>(services.map(({ name }) => [name, () => false]));
  await using resources = new AsyncDisposableStack();
  const port = env["LOCKSTEP_HEALTH_PORT"] ?? "";
  const notReady = () => [...ready].find(([, isReady]) => !isReady())?.[0]?.concat(" is not ready");
  if (port !== "")
    resources.use(await startHealth({ port: Number(port), host: env["LOCKSTEP_HEALTH_HOST"] ?? "0.0.0.0", notReady }));
  const running = services.map((service) =>
    runService(service, {
      ...options,
      config,
      signal: stop,
      onReady: (isReady) => ready.set(service.name, isReady),
    }).catch((error: unknown) => {
      if (stop.aborted) return;
      failed.abort(error);
      throw error;
    }),
  );
  const results = await Promise.allSettled(running);
  const failure = results.find((result) => result.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

interface ServiceOptions extends RunOptions {
  readonly config: ConfigStore;
  readonly onReady: (isReady: () => boolean) => void;
}

async function runService(service: Service, options: ServiceOptions): Promise<void> {
  const { config, signal, env, nats, onReady } = options;
  const log: Log = createLog(service.name);
  const source = `lockstep/${service.name}`;
  await using bus = await connectBus({ nats: nats ?? config.current.nats, source, log, signal });
  const limits = readLimits(env);
  const replicas = Number(env["LOCKSTEP_REPLICAS"] ?? 1);
  if (options.provision) await bus.provision({ replicas, ackWaitMs: ackWaitMs(limits) });
  else await waitForProvision(bus, log, signal);
  const holder = `${hostname()}/${process.pid}/${randomBytes(4).toString("hex")}`;
  onReady(() => bus.isUp());
  log.info({ holder }, "started");
  await service.run({ config, bus, log, holder, signal, env, limits });
  log.info({}, "stopped");
}

async function waitForProvision(bus: Bus, log: Log, signal: AbortSignal): Promise<void> {
  for (let waited = 0; !signal.aborted; waited += 1) {
    try {
      if (await bus.isProvisioned()) return;
      if (waited % 10 === 0) log.warn({ hint: "run `lockstep provision`" }, "waiting for streams and buckets");
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      if (waited % 10 === 0) log.warn({ error }, "waiting for NATS");
    }
    await pause(1000, undefined, { signal });
  }
}
