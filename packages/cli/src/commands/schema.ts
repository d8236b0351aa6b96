import type { Command } from "commander";
import { configJsonSchema } from "@lockstep/shared/config";
import { printJson } from "../print.ts";

export function addSchema(program: Command): void {
  program
    .command("schema")
    .description("print the JSON Schema of lockstep.yaml, for editors")
    .addHelpText("after", "\nExample:\n  lockstep schema > lockstep.schema.json")
    .action(() => printJson(configJsonSchema()));
}
