import type { Command } from "commander";
import { loadConfig, type NatsOptions } from "@lockstep/shared/config";
import { connectBus, createLog, type Bus } from "@lockstep/shared/runtime";
import { configFile, hasConfig, withConfig } from "./config-file.ts";

/** Options of commands that talk to NATS. */
export interface BusOptions {
  readonly config?: string;
  readonly nats?: string;
}

export function withBus(command: Command): Command {
  return withConfig(command).option(
    "--nats <url>",
    "the NATS server (default: LOCKSTEP_NATS_URL or the configuration's)",
  );
}

const giveUpAfterMs = 4000;

/** Connects for one command. Throws NATS_UNREACHABLE after four seconds. */
export async function openBus(options: BusOptions, signal: AbortSignal): Promise<Bus> {
  const log = createLog("cli", process.stderr);
  log.level = "silent";
  return connectBus({ nats: await natsOptions(options), source: "lockstep/cli", log, signal, giveUpAfterMs });
}

async function natsOptions({ config, nats }: BusOptions): Promise<NatsOptions> {
  const servers = nats ?? process.env["LOCKSTEP_NATS_URL"];
  const file = hasConfig(config) ? (await loadConfig(configFile(config))).nats : {};
  return servers === undefined ? file : { ...file, servers };
}
