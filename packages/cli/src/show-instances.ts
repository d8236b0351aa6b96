import type { InstanceStatus, RouteStatus } from "@lockstep/console";
import { paint, printLine, printTable } from "./print.ts";

/** The installations of deployment routes, and how far their rollouts are. */
export function showInstances(routes: readonly RouteStatus[]): void {
  const rows = routes.flatMap(({ name, instances = [] }) => instances.map((instance) => [name, ...cellsOf(instance)]));
  if (rows.length > 0) printTable(["ROUTE", "INSTALLATION", "HEALTH", "RELEASE", "COMPONENTS", "LAST OUTCOME"], rows);
  for (const { name, rollout } of routes) {
    if (rollout === undefined) continue;
    const { wave, of, started, halted } = rollout;
    const begun = Object.values(started);
    const ended = begun.filter(({ end }) => end !== undefined).length;
    printLine(`${name}: wave ${wave} of ${of}, ${ended} of ${begun.length} begun are finished`);
    if (halted !== undefined)
      printLine(paint("red", `${name} is halted: ${halted.instance}: ${halted.reason} (lockstep trigger --resume)`));
  }
}

function cellsOf({ name, health, release, components, lastOutcome }: InstanceStatus): string[] {
  const versions = Object.entries(components).map(([component, version]) => `${component} ${version}`);
  const outcome = lastOutcome === undefined ? "–" : `${lastOutcome.result} ${lastOutcome.at.slice(0, 19)}Z`;
  return [
    name,
    health === "healthy" ? paint("green", health) : paint("yellow", health),
    release === undefined ? "–" : String(release),
    versions.join(", ") || "–",
    outcome,
  ];
}
