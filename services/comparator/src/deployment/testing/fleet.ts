import { parseConfig, type RolloutOptions } from "@lockstep/shared/config";
import { DiffId, TargetName, type RolloutState } from "@lockstep/shared/contracts";
import { planRollout, type RolloutInstance, type RolloutPlan } from "../plan-rollout.ts";
import { rolloutCohorts } from "../rollout-cohorts.ts";

export const release = { diffId: DiffId.parse("a".repeat(64)), commit: "b".repeat(40) };
export const minute = 60_000;
export const start = Date.parse("2026-03-02T12:00:00Z");

function policyOf(rollout: string): RolloutOptions {
  const source = "source: { url: https://git.example/acme/studio.git }, components: { a: { path: a } }";
  const yaml = `routes: { studio: { kind: deployment, ${source}, rollout: { ${rollout} } } }`;
  const [route] = parseConfig(yaml, { file: "lockstep.yaml", env: {} }).routes.values();
  if (route?.kind !== "deployment") throw new Error("no deployment");
  return route.rollout;
}

export const ids = (count: number) => Array.from({ length: count }, (_, index) => TargetName.parse(`gpu-${index}`));

/** The ids in the order in which the rollout takes them. */
export function inOrder(count: number): TargetName[] {
  const waves = Array.from({ length: count }, (_, index) => ({ count: index + 1 }));
  return [...rolloutCohorts(ids(count), waves)].toSorted(([, one], [, other]) => one - other).map(([id]) => id);
}

/** A fleet whose installations do as they are told when asked to. */
export class Fleet {
  readonly instances = new Map<TargetName, RolloutInstance>();
  readonly policy: RolloutOptions;
  state: RolloutState | undefined;
  nowMs = start;
  seq = 1;
  resumedSeq = 0;

  constructor(count: number, rollout: string) {
    this.policy = policyOf(rollout);
    for (const id of ids(count)) this.set(id, {});
  }

  set(id: TargetName, change: Partial<RolloutInstance>): void {
    const before = this.instances.get(id) ?? { id, state: "needs", pinned: false, isUnhealthy: false };
    this.instances.set(id, { ...before, ...change });
  }

  fail(id: TargetName, reason = "not healthy"): void {
    this.set(id, { failure: { seq: this.seq, reason, held: true } });
  }

  look(): RolloutPlan {
    this.seq += 1;
    const { policy, state, nowMs, seq, resumedSeq } = this;
    const instances = [...this.instances.values()];
    const plan = planRollout({ apply: "auto", policy, release, instances, before: state, nowMs, seq, resumedSeq });
    this.state = plan.state;
    return plan;
  }

  /** Those that are told to apply and have something to apply. */
  begun(): TargetName[] {
    const { turns } = this.look();
    return [...turns].flatMap(([id, { action }]) =>
      action === "apply" && this.instances.get(id)?.state === "needs" ? [id] : [],
    );
  }

  later(ms: number): this {
    this.nowMs += ms;
    return this;
  }
}
