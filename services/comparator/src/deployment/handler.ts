import { createHash } from "node:crypto";
import type { DeploymentRoute } from "@lockstep/shared/config";
import {
  deploymentDiff,
  DiffId,
  RolloutState,
  type ChangeDetected,
  type InstanceInventory,
  type OutgoingEvent,
  type TargetName,
} from "@lockstep/shared/contracts";
import type { WorkContext, WorkResult } from "@lockstep/shared/runtime";
import { compareComponents, type ComponentComparison } from "./compare-components.ts";
import { blockedBy, describeInstance, reportedFailure } from "./describe-instance.ts";
import type { FleetState } from "./fleet-state.ts";
import { planRollout, type RolloutInstance, type RolloutPlan, type Turn } from "./plan-rollout.ts";
import type { ReleaseLook, Releases } from "./releases.ts";

export interface DeploymentComparator {
  readonly releases: Releases;
  readonly fleet: FleetState;
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number;
}

interface Looked {
  readonly route: DeploymentRoute;
  readonly change: ChangeDetected;
}

interface InstanceLook {
  readonly inventory: InstanceInventory;
  readonly release: ReleaseLook;
  readonly diffId: DiffId;
  readonly comparison: ComponentComparison;
}

/**
 * Reads the release and the inventory of every live installation, decides whose turn it is, and announces a diff for
 * each of them, an empty one too. How far the rollout has got is kept with the watermark.
 */
export async function compareDeployment(
  comparator: DeploymentComparator,
  { route, change }: Looked,
  context: WorkContext,
): Promise<WorkResult> {
  const { releases, fleet } = comparator;
  const tip = await releases.read({ route }, context.signal);
  const inventories = await fleet.inventories(route.name);
  const looks = await Promise.all(
    inventories.map(async (inventory) =>
      lookAt(await releaseFor(comparator, { route, inventory, tip }, context), { route, inventory }),
    ),
  );
  const plan = await planFor(comparator, { route, tip, looks }, context);
  const events = looks.map((look) => announce(look, { route, change, seq: context.seq, turn: turnOf(plan, look) }));
  const { halted, wave, of } = plan?.state ?? {};
  context.log.info({ commit: tip.commit, instances: looks.length, wave, of, halted: halted?.instance }, "compared");
  if (tip.reading.kind === "fault") context.log.warn({ ...tip.reading.fault }, "manifest cannot be used");
  return plan === undefined ? { events } : { events, record: plan.state ?? null };
}

interface Installed {
  readonly route: DeploymentRoute;
  readonly inventory: InstanceInventory;
}

function releaseFor(
  { releases }: DeploymentComparator,
  { route, inventory, tip }: Installed & { readonly tip: ReleaseLook },
  { signal }: WorkContext,
): Promise<ReleaseLook> {
  const pin = pinOf(route, inventory);
  return pin === undefined || pin === "keep" || pin === tip.commit
    ? Promise.resolve(tip)
    : releases.read({ route, commit: pin }, signal);
}

function pinOf({ rollout }: DeploymentRoute, { instance }: InstanceInventory): string | undefined {
  return Object.hasOwn(rollout.pins, instance) ? rollout.pins[instance] : undefined;
}

function lookAt(release: ReleaseLook, { route, inventory }: Installed): InstanceLook {
  const diffId = releaseId(release, route);
  const { reading, objects } = release;
  if (reading.kind === "fault")
    return { inventory, release, diffId, comparison: { components: [], faults: [reading.fault] } };
  const paths = new Map(route.components.map(({ name, path }) => [name, path]));
  return { inventory, release, diffId, comparison: compareComponents({ ...reading, paths, objects }, inventory) };
}

/** The hash of what a release wants of an installation: another commit with the same content is no other release. */
function releaseId({ reading, objects, commit }: ReleaseLook, { components }: DeploymentRoute): DiffId {
  const wanted =
    reading.kind === "fault"
      ? [commit, reading.fault.code]
      : [
          reading.manifest.minRuntime,
          components.map(({ name, path }) => [
            name,
            path,
            reading.manifest.components.get(name) ?? null,
            objects.get(path) ?? null,
          ]),
        ];
  return DiffId.parse(createHash("sha256").update(JSON.stringify(wanted)).digest("hex"));
}

interface Planned {
  readonly route: DeploymentRoute;
  readonly tip: ReleaseLook;
  readonly looks: readonly InstanceLook[];
}

/** Undefined where the manifest cannot be used: then nothing of it is applied, and the rollout stays as it was. */
async function planFor(
  { fleet, now }: DeploymentComparator,
  { route, tip, looks }: Planned,
  { record, seq }: WorkContext,
): Promise<RolloutPlan | undefined> {
  if (tip.reading.kind === "fault") return undefined;
  const { minRuntime } = tip.reading.manifest;
  const instances = await Promise.all(
    looks.map(async ({ inventory, diffId, comparison }) =>
      describeInstance({
        inventory,
        diffId,
        comparison,
        blocked: blockedBy(minRuntime, inventory),
        outcome: await fleet.lastOutcome(route.name, inventory.instance),
        pinned: pinOf(route, inventory) !== undefined,
      }),
    ),
  );
  const release = { diffId: releaseId(tip, route), commit: tip.commit };
  const before = RolloutState.safeParse(record).data;
  return planRollout({
    apply: route.apply,
    policy: route.rollout,
    release,
    instances,
    gone: await goneFailures(fleet, { route, before, instances, diffId: release.diffId }),
    before,
    resumedSeq: await fleet.resumedSeq(route.name),
    nowMs: now(),
    seq,
  });
}

interface Begun {
  readonly route: DeploymentRoute;
  readonly before: RolloutState | undefined;
  readonly instances: readonly RolloutInstance[];
  readonly diffId: DiffId;
}

/** An installation may have reported its failure and gone before anybody looked. */
async function goneFailures(fleet: FleetState, { route, before, instances, diffId }: Begun) {
  const live = new Set(instances.map(({ id }) => id));
  const gone = Object.entries(before?.started ?? {}).filter(
    ([id, { end }]) => end === undefined && !live.has(id as TargetName),
  );
  const failures = await Promise.all(
    gone.map(async ([id]) => {
      const failure = reportedFailure(await fleet.lastOutcome(route.name, id as TargetName), diffId);
      return failure === undefined ? [] : [[id as TargetName, failure] as const];
    }),
  );
  return new Map(failures.flat());
}

function turnOf(plan: RolloutPlan | undefined, { inventory }: InstanceLook): Turn {
  return plan?.turns.get(inventory.instance) ?? { action: "offer" };
}

const most = 200;

interface Cause extends Looked {
  readonly seq: number;
  readonly turn: Turn;
}

function announce(
  { inventory, release, diffId, comparison }: InstanceLook,
  { route, change, seq, turn }: Cause,
): OutgoingEvent {
  const { url, branch, manifest } = route.source;
  const { reading, commit } = release;
  const blocked = reading.kind === "fault" ? undefined : blockedBy(reading.manifest.minRuntime, inventory);
  return deploymentDiff.create({
    kind: "deployment",
    route: route.name,
    target: inventory.instance,
    diffId,
    throughSeq: seq,
    ordinal: change.ordinal,
    revision: change.revision,
    trigger: change.trigger,
    detectedAt: change.detectedAt,
    source: { url, branch, manifest, commit },
    components: comparison.components.slice(0, most),
    ...(blocked === undefined ? {} : { blocked }),
    faults: comparison.faults.slice(0, most),
    ...turn,
    againstRelease: inventory.release?.number ?? null,
  });
}
