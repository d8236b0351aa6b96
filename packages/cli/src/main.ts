#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { exitCodes, reportFailure } from "./report-failure.ts";

/** A command is loaded when it is asked for: most of a short command's time is what it imports. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  up: async () => (await import("./commands/up.ts")).addUp,
  run: async () => (await import("./commands/run.ts")).addRun,
  check: async () => (await import("./commands/check.ts")).addCheck,
  schema: async () => (await import("./commands/schema.ts")).addSchema,
  diff: async () => (await import("./commands/diff.ts")).addDiff,
  trigger: async () => (await import("./commands/trigger.ts")).addTrigger,
  tail: async () => (await import("./commands/tail.ts")).addTail,
  status: async () => (await import("./commands/status.ts")).addStatus,
  provision: async () => (await import("./commands/provision.ts")).addProvision,
};

const program = new Command("lockstep")
  .description("Keeps repositories, mirrors and running installations in step with their source of truth.")
  .version("0.1.0")
  .exitOverride()
  .showHelpAfterError("(lockstep --help shows what there is)")
  .addHelpText(
    "after",
    "\nExit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 nothing to do (--exit-code).",
  );

try {
  const [, , asked = ""] = process.argv;
  const names = Object.hasOwn(commands, asked) ? [asked] : Object.keys(commands);
  const wanted = Object.entries(commands).filter(([name]) => names.includes(name));
  for (const add of await Promise.all(wanted.map(([, load]) => load()))) add(program);
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  else process.exitCode = reportFailure(error);
}
