import type { Command } from "commander";
import type { RouteStatus, Status, TargetStatus } from "@lockstep/console";
import { TransientError } from "@lockstep/shared/errors";
import { paint, printJson, printLine, printTable } from "../print.ts";

const usualConsole = "http://127.0.0.1:8600";
const limitMs = 10_000;

export function addStatus(program: Command): void {
  program
    .command("status")
    .description("where every route stands, as the console knows it")
    .option("--console <url>", `the console (default: LOCKSTEP_CONSOLE_URL or ${usualConsole})`)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  lockstep status --json")
    .action(async (options: { console?: string; json?: true }) => {
      const status = await readStatus(options.console ?? process.env["LOCKSTEP_CONSOLE_URL"] ?? usualConsole);
      if (options.json) printJson(status);
      else show(status);
    });
}

async function readStatus(url: string): Promise<Status> {
  const response = await fetch(new URL("/api/status", url), { signal: AbortSignal.timeout(limitMs) }).catch(
    (error: unknown) => {
      throw new TransientError("CONSOLE_UNREACHABLE", `The console at ${url} does not answer`, {
        cause: error,
        hint: "start it with `lockstep up` or `lockstep run console`, or name it with --console",
      });
    },
  );
  if (!response.ok)
    throw new TransientError(
      "CONSOLE_FAILED",
      `The console at ${url} answered ${response.status}: ${await response.text()}`,
    );
  return (await response.json()) as Status;
}

function show({ routes, connected }: Status): void {
  if (!connected) printLine(paint("red", "the console is not connected to NATS"));
  if (routes.length === 0) printLine("no routes are configured");
  const rows = routes.flatMap((route) =>
    route.targets.map((target) => [route.name, sourceCell(route), ...targetCells(target)]),
  );
  printTable(["ROUTE", "SOURCE", "TARGET", "STATE", "LAST OUTCOME", "PULL REQUEST"], rows);
}

function sourceCell({ source }: RouteStatus): string {
  const { state, failure } = source;
  if (failure === undefined) return state === "ok" ? paint("green", "ok") : state;
  return paint("red", `${state} (${failure.count}× ${failure.code})`);
}

function targetCells(target: TargetStatus): string[] {
  const { name, repository, inFlight, waiting, upToDate, lastOutcome } = target;
  const state = inFlight
    ? "running"
    : waiting
      ? "waiting"
      : upToDate
        ? paint("green", "in step")
        : paint("yellow", "behind");
  const outcome = lastOutcome === undefined ? "–" : `${lastOutcome.action} ${lastOutcome.at.slice(0, 19)}Z`;
  return [`${name} (${repository})`, state, outcome, lastOutcome?.url ?? "–"];
}
