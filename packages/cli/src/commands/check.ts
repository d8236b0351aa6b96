import type { Command } from "commander";
import { loadConfig } from "@lockstep/shared/config";
import { configFile } from "../config-file.ts";
import { paint, printJson, printLine } from "../print.ts";

export function addCheck(program: Command): void {
  program
    .command("check")
    .description("validate a configuration; every fault at once, with path and line")
    .argument("[file]", "the configuration (default: LOCKSTEP_CONFIG or lockstep.yaml)")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  lockstep check lockstep.yaml")
    .action(async (named: string | undefined, { json }: { json?: true }) => {
      const file = configFile(named);
      const { routes, absent } = await loadConfig(file, { strict: true });
      if (json) return printJson({ file, routes: [...routes.keys()], absent });
      printLine(`${paint("green", "ok")} ${file}: ${routes.size} route(s)`);
      for (const route of routes.values())
        printLine(`  ${route.name} (${route.kind}) → ${route.targets.map(({ repository }) => repository).join(", ")}`);
      for (const note of absent) printLine(`  ${paint("yellow", "absent")} ${note}`);
    });
}
