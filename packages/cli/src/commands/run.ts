import type { Command } from "commander";
import { runServices } from "@lockstep/shared/runtime";
import { configFile, withConfig } from "../config-file.ts";
import { services, servicesNamed } from "../services.ts";
import { untilStopped } from "../until-stopped.ts";

export function addRun(program: Command): void {
  const names = services.map(({ name }) => name).join(", ");
  withConfig(program.command("run"))
    .description("run services in this process until SIGTERM: what a container does")
    .argument("<service...>", names)
    .option("--nats <url>", "the NATS server (default: LOCKSTEP_NATS_URL or the configuration's)")
    .option("--provision", "create streams and buckets first")
    .addHelpText("after", "\nExample:\n  lockstep run watcher comparator --config lockstep.yaml")
    .action(async (named: string[], options: { config?: string; nats?: string; provision?: true }) => {
      const servers = options.nats ?? process.env["LOCKSTEP_NATS_URL"];
      await runServices({
        services: servicesNamed(named),
        configFile: configFile(options.config),
        env: process.env,
        signal: untilStopped(),
        provision: options.provision ?? false,
        ...(servers === undefined ? {} : { nats: { servers } }),
      });
    });
}
