import {
  deploymentDiff,
  updateApplied,
  type ComponentChange,
  type ComponentVersion,
  type UpdateApplied,
} from "@lockstep/shared/contracts";

/** One readable line for what an installation should have. */
export function describeDeploymentDiff(subject: string, body: string): string {
  const { route, target, action, components, blocked, faults, reason, wave } = deploymentDiff.parse(subject, body);
  const place = `${route}.${target}`;
  if (blocked !== undefined) return `${place} blocked: ${blocked.message}`;
  const [first] = faults;
  const fault = first === undefined ? "" : `, ${faults.length} fault(s): ${first.message}`;
  const differing = components.filter(({ state }) => state !== "current");
  if (differing.length === 0) return `${place} up to date${fault}`;
  const turn = wave === undefined ? "" : ` (wave ${wave.number} of ${wave.of})`;
  return `${place} ${action}${turn}: ${differing.map(describeComponent).join(", ")}${because(reason)}${fault}`;
}

/** One readable line for what became of an installation. */
export function describeUpdate(outcome: UpdateApplied): string {
  const { route, target, result, components, downtimeMs, reason, code } = outcome;
  const changed = components.map(({ name, from, to }) => `${name} ${version(from)} → ${version(to)}`);
  const what = changed.length === 0 ? "" : `: ${changed.join(", ")}`;
  const downtime = downtimeMs === undefined ? "" : `, ${downtimeMs} ms away`;
  return `${route}.${target} ${result}${what}${downtime}${because(reason)}${code === undefined ? "" : ` [${code}]`}`;
}

/** The same from a message. */
export function describeUpdateMessage(subject: string, body: string): string {
  return describeUpdate(updateApplied.parse(subject, body));
}

function describeComponent({ name, state, from, to, skipped }: ComponentChange): string {
  const versions = state === "update" ? `${version(from)} → ${version(to)}` : state;
  return `${name} ${versions}${skipped ? " (skipped)" : ""}`;
}

function version(value: ComponentVersion | null): string {
  return value === null ? "none" : String(value);
}

function because(reason: string | undefined): string {
  return reason === undefined ? "" : ` (${reason})`;
}
