import type { Bus } from "./bus/bus.ts";
import type { ConfigStore } from "../config/config-store.ts";
import type { Log } from "./log.ts";

/** What every service is given. */
export interface ServiceContext {
  readonly config: ConfigStore;
  readonly bus: Bus;
  readonly log: Log;
  /** Names this process among its replicas. */
  readonly holder: string;
  /** Fires when the process is asked to stop. */
  readonly signal: AbortSignal;
  /** Environment: LOCKSTEP_CACHE and the like. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A service: its name, and what it does until the signal fires. */
export interface Service {
  readonly name: string;
  run(context: ServiceContext): Promise<void>;
}

export function defineService(name: string, run: (context: ServiceContext) => Promise<void>): Service {
  return { name, run };
}
