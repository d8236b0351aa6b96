import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { loadConfig } from "@lockstep/shared/config";
import { RouteName, RunOptions, TargetName, trigger, type RefsMirrored } from "@lockstep/shared/contracts";
import { PermanentError, TransientError, type Bus, type StoredMessage } from "@lockstep/shared/runtime";
import { configFile } from "../config-file.ts";
import { decideWaited, type TargetResult, type Waited } from "../decide-waited.ts";
import { describeUpdate } from "../describe-deployment.ts";
import { openBus, withBus, type BusOptions } from "../open-bus.ts";
import { paint, printJson, printLine } from "../print.ts";
import { exitCodes } from "../report-failure.ts";
import { untilStopped } from "../until-stopped.ts";
import { followAll } from "./tail.ts";

interface TriggerOptions extends BusOptions {
  readonly target?: string[];
  readonly reason?: string;
  readonly allowDeletions?: true;
  readonly recreate?: true;
  readonly apply?: true;
  readonly component?: string[];
  readonly skip?: string[];
  readonly allowDowngrade?: true;
  readonly reinstall?: true;
  readonly resume?: true;
  readonly wait?: true;
  readonly timeout: string;
  readonly json?: true;
}

export function addTrigger(program: Command): void {
  withBus(program.command("trigger"))
    .description("have a route looked at now")
    .argument("<route>")
    .option("--target <name...>", "the targets that the permissions are for (default: all)")
    .option("--reason <text>", "why, for those who read the events")
    .option("--allow-deletions", "let a held deletion through")
    .option("--recreate", "take over a branch that carries a person's commits")
    .option("--apply", "install what is offered to installations")
    .option("--component <name...>", "only these components of an installation")
    .option("--skip <name...>", "all components but these")
    .option("--allow-downgrade", "lower components to the source's version")
    .option("--reinstall", "install anew what has the right version and other content")
    .option("--resume", "lift a rollout's halt")
    .option("--wait", "follow it to the outcome of every target")
    .option("--timeout <seconds>", "how long to wait", "300")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  lockstep trigger text-models --wait")
    .action(async (route: string, options: TriggerOptions) => {
      const stopped = untilStopped();
      await using bus = await openBus(options, stopped);
      const targets = options.wait ? await targetsOf(bus, route, options) : [];
      const lastDead = (await bus.last("DEAD", "lockstep.dead.>"))?.seq ?? 0;
      const { seq } = await bus.publish(createTrigger(route, options));
      if (!options.wait) return options.json ? printJson({ route, seq }) : printLine(`triggered ${route} (#${seq})`);
      const limit = AbortSignal.timeout(Number(options.timeout) * 1000);
      const waited = { route, targets, triggerSeq: seq };
      const signal = AbortSignal.any([stopped, limit]);
      const results = await waitFor(bus, waited, { signal, fromDead: lastDead + 1 });
      report(waited, results, options.json ?? false);
    });
}

async function targetsOf(bus: Bus, route: string, { config, target }: TriggerOptions): Promise<string[]> {
  const { routes } = await loadConfig(configFile(config));
  const found = [...routes.values()].find(({ name }) => name === route);
  if (found?.kind === "deployment") return target ?? (await instancesOf(bus, found.name));
  if (found !== undefined) return found.targets.map(({ name }) => name);
  throw new PermanentError("USAGE", `${configFile(config)} has no route ${route}`, {
    hint: `routes: ${[...routes.keys()].join(", ") || "none"}`,
  });
}

async function instancesOf(bus: Bus, route: string): Promise<string[]> {
  const keys = await bus.bucket("instances").keys(`${route}.*`);
  if (keys.length > 0) return keys.map((key) => key.slice(route.length + 1));
  throw new PermanentError("NO_INSTALLATIONS", `no installation of ${route} is alive: nobody would answer`, {
    hint: "is an updater running? `lockstep status` shows installations",
  });
}

function createTrigger(route: string, options: TriggerOptions) {
  const name = RouteName.safeParse(route);
  const targets = (options.target ?? []).map((target) => TargetName.safeParse(target));
  const wrong = targets.find((target) => !target.success);
  if (!name.success || wrong !== undefined)
    throw new PermanentError("USAGE", `${name.success ? "a target" : route} is no name`, {
      hint: "names have 1 to 64 of a-z, 0-9 and -",
    });
  const permissions: RunOptions = {
    ...(options.allowDeletions ? { allowDeletions: true } : {}),
    ...(options.recreate ? { recreate: true } : {}),
    ...deploymentPermissions(options),
  };
  return trigger.create({
    route: name.data,
    requestId: randomUUID(),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(targets.length === 0 ? {} : { targets: targets.flatMap(({ data }) => data ?? []) }),
    ...(Object.keys(permissions).length === 0 ? {} : { options: permissions }),
  });
}

function deploymentPermissions(options: TriggerOptions): RunOptions {
  const { apply, allowDowngrade, reinstall, resume, component, skip } = options;
  const { data, error } = RunOptions.safeParse({
    ...(apply ? { apply } : {}),
    ...(allowDowngrade ? { allowDowngrade } : {}),
    ...(reinstall ? { reinstall } : {}),
    ...(resume ? { resume } : {}),
    ...(component === undefined ? {} : { components: component }),
    ...(skip === undefined ? {} : { skipComponents: skip }),
  });
  if (data !== undefined) return data;
  throw new PermanentError("USAGE", "a component is no name", {
    cause: error,
    hint: "names are those of the manifest",
  });
}

interface Following {
  readonly signal: AbortSignal;
  readonly fromDead: number;
}

async function waitFor(bus: Bus, waited: Waited, { signal, fromDead }: Following) {
  const messages: StoredMessage[] = [];
  for await (const message of followAll(bus, { signal, from: waited.triggerSeq, fromDead })) {
    if (!message.subject.split(".").includes(waited.route)) continue;
    messages.push(message);
    const results = decideWaited(waited, messages);
    if (results.size === waited.targets.length) return results;
  }
  const answered = decideWaited(waited, messages);
  const missing = waited.targets.filter((target) => !answered.has(target));
  throw new TransientError("WAIT_TIMEOUT", `${waited.route}: no outcome yet for ${missing.join(", ")}`, {
    hint: "are watcher, comparator and publisher running? `lockstep status` and `lockstep tail` show where it is",
  });
}

/** A held or partly failed target is no success (I10). */
function report({ route, triggerSeq }: Waited, results: ReadonlyMap<string, TargetResult>, json: boolean): void {
  if (json) printJson({ route, seq: triggerSeq, targets: Object.fromEntries(results) });
  for (const [target, result] of json ? [] : results) {
    const place = `${route}.${target}`;
    if (result.kind === "dead") {
      printLine(`${paint("red", "failed")} ${place}: ${result.message} [${result.code}]`);
      continue;
    }
    if (result.kind === "updated") {
      printLine(paint(isDone(result) ? "green" : "yellow", describeUpdate(result.outcome)));
      continue;
    }
    if (result.kind === "mirrored") {
      showMirrored(place, result.outcome);
      continue;
    }
    const { action, number, url, reason, failed } = result.outcome;
    const pull = number === undefined ? "" : ` #${number} ${url ?? ""}`;
    printLine(
      `${paint(isDone(result) ? "green" : "yellow", action)} ${place}${pull}${reason === undefined ? "" : `: ${reason}`}`,
    );
    for (const part of failed) printLine(`  ${paint("red", "failed")} ${part.part}: ${part.message} [${part.code}]`);
  }
  if (![...results.values()].every(isDone)) process.exitCode = exitCodes.failed;
}

const undone: ReadonlySet<string> = new Set(["blocked", "rolled-back", "failed"]);

function showMirrored(place: string, { action, counts, rejected, reason }: RefsMirrored): void {
  const { created, updated, deleted } = counts;
  const refs = `: ${created} created, ${updated} updated, ${deleted} deleted`;
  const words = reason === undefined ? refs : `${refs} (${reason})`;
  printLine(`${paint(action === "held" || rejected.length > 0 ? "yellow" : "green", action)} ${place}${words}`);
  for (const { ref, reason } of rejected) printLine(`  ${paint("red", "refused")} ${ref}: ${reason}`);
}

function isDone(result: TargetResult): boolean {
  if (result.kind === "updated") return !undone.has(result.outcome.result);
  if (result.kind === "mirrored") return result.outcome.action !== "held" && result.outcome.counts.rejected === 0;
  return result.kind === "outcome" && result.outcome.action !== "held" && result.outcome.failed.length === 0;
}
