import type { Bus } from "./bus/bus.ts";
import type { ConfigStore } from "../config/config-store.ts";
import type { Log } from "./log.ts";
import type { WorkLimits } from "./work/queue.ts";

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
  /** How the work loop is run. */
  readonly limits: WorkLimits;
}

/** What a service has before there is a connection. */
export type EarlyContext = Pick<ServiceContext, "config" | "log" | "signal" | "env">;

/** A service that works before NATS is there and while it is away; disposed when it stops. */
export interface BegunService extends AsyncDisposable {
  run(context: ServiceContext): Promise<void>;
}

/** A service: its name, and what it does until the signal fires. */
export interface Service {
  readonly name: string;
  /** Begins what does not need NATS; its `run` is then called in place of the service's own. */
  begin?(context: EarlyContext): Promise<BegunService>;
  run(context: ServiceContext): Promise<void>;
}

export function defineService(name: string, run: (context: ServiceContext) => Promise<void>): Service {
  return { name, run };
}
