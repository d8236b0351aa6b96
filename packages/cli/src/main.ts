#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { exitCodes, reportFailure } from "./report-failure.ts";
import { addCheck } from "./commands/check.ts";
import { addDiff } from "./commands/diff.ts";
import { addProvision } from "./commands/provision.ts";
import { addRun } from "./commands/run.ts";
import { addSchema } from "./commands/schema.ts";
import { addStatus } from "./commands/status.ts";
import { addTail } from "./commands/tail.ts";
import { addTrigger } from "./commands/trigger.ts";
import { addUp } from "./commands/up.ts";

const program = new Command("lockstep")
  .description("Keeps repositories, mirrors and running installations in step with their source of truth.")
  .version("0.1.0")
  .exitOverride()
  .showHelpAfterError("(lockstep --help shows what there is)")
  .addHelpText(
    "after",
    "\nExit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 nothing to do (--exit-code).",
  );

for (const add of [addUp, addRun, addCheck, addSchema, addDiff, addTrigger, addTail, addStatus, addProvision])
  add(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  else process.exitCode = reportFailure(error);
}
