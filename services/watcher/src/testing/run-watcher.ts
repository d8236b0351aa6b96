import { onTestFinished } from "vitest";
import type { ConfigStore } from "@lockstep/shared/config";
import { usualLimits, type Bus } from "@lockstep/shared/runtime";
import { createWatcher } from "../main.ts";
import { memoryLog, type LogLines, type World } from "./world.ts";

/** A watcher as a process runs it, with a connection of its own. */
export interface RunningWatcher extends LogLines {
  /** Asks it to stop, as SIGTERM does, and waits until it has. */
  stop(): Promise<void>;
  /** Rejects when it ends by itself. */
  readonly ended: Promise<void>;
}

interface RunOptions {
  readonly config: ConfigStore;
  readonly statusLineMs?: number;
  readonly bus?: (bus: Bus) => Bus;
}

export async function runWatcher(world: World, options: RunOptions): Promise<RunningWatcher> {
  const { config, statusLineMs = 60_000 } = options;
  const connection = await world.connect();
  const bus = options.bus?.(connection) ?? connection;
  const { log, lines } = memoryLog();
  const stop = new AbortController();
  const context = { config, bus, log, holder: crypto.randomUUID(), signal: stop.signal, env: {}, limits: usualLimits };
  const running = createWatcher({ statusLineMs }).run(context);
  // Whoever stops it hears what it failed with.
  running.catch(() => undefined);
  const stopped = async () => {
    stop.abort(new Error("stopping"));
    await running;
  };
  onTestFinished(() => stopped().catch(() => undefined));
  return { log, lines, stop: stopped, ended: running };
}
