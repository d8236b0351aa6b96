import { existsSync } from "node:fs";
import type { Command } from "commander";

const usualFile = "lockstep.yaml";

/** The file a command reads: --config, LOCKSTEP_CONFIG, or lockstep.yaml in this folder. */
export function configFile(named: string | undefined): string {
  return named ?? process.env["LOCKSTEP_CONFIG"] ?? usualFile;
}

/** Whether somebody has a configuration here, or named one. */
export function hasConfig(named: string | undefined): boolean {
  return named !== undefined || process.env["LOCKSTEP_CONFIG"] !== undefined || existsSync(usualFile);
}

/** The option that most commands take. */
export function withConfig(command: Command): Command {
  return command.option("-c, --config <file>", "the configuration (default: LOCKSTEP_CONFIG or lockstep.yaml)");
}
