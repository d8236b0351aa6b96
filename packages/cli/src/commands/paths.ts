import type { Command } from "commander";
import { stringify } from "yaml";
import { loadConfig } from "@lockstep/shared/config";
import { PermanentError } from "@lockstep/shared/runtime";
import { configFile, withConfig } from "../config-file.ts";
import { planPaths } from "../plan-paths.ts";
import { printJson, printLine } from "../print.ts";

interface PathsOptions {
  readonly config?: string;
  readonly only?: true;
  readonly json?: true;
}

export function addPaths(program: Command): void {
  withConfig(program.command("paths"))
    .description("path filters for a workflow that builds an image only for what an update cannot carry")
    .argument("<route>", "a deployment route")
    .option("--only", "the opposite: paths, for a workflow about what an update does carry")
    .option("--json", "print the paths as JSON")
    .addHelpText("after", "\nExample:\n  lockstep paths studio")
    .action(async (name: string, { config, only, json }: PathsOptions) => {
      const { routes } = await loadConfig(configFile(config));
      const route = [...routes.values()].find((one) => one.name === name);
      if (route?.kind !== "deployment")
        throw new PermanentError("USAGE", `${configFile(config)} has no deployment route ${name}`, {
          hint: `routes: ${[...routes.keys()].join(", ") || "none"}`,
        });
      const paths = planPaths(route);
      if (json) return printJson(paths);
      const filter = { [only ? "paths" : "paths-ignore"]: paths };
      printLine(stringify({ on: { push: { branches: [route.source.branch], ...filter } } }).trimEnd());
    });
}
