import type { RolloutOptions } from "@lockstep/shared/config";
import type { RolloutState, TargetName, WavePlace } from "@lockstep/shared/contracts";
import { advanceRollout, type Progress } from "./advance-rollout.ts";
import { rolloutCohorts } from "./rollout-cohorts.ts";
import { nextOpening } from "./windows.ts";
import type { z } from "zod";

/** An installation in the words of the rollout. */
export interface RolloutInstance {
  readonly id: TargetName;
  /** `needs`: there is something to apply. `done`: nothing is. `blocked`: nothing can be. */
  readonly state: "needs" | "done" | "blocked";
  readonly pinned: boolean;
  readonly isUnhealthy: boolean;
  /** What it reported of this release, and under which change. `held`: it will not try again. */
  readonly failure?: { readonly seq: number; readonly reason: string; readonly held: boolean } | undefined;
}

export interface RolloutQuestion {
  readonly apply: "manual" | "auto";
  readonly policy: RolloutOptions;
  readonly release: Pick<RolloutState, "diffId" | "commit">;
  /** The live ones. */
  readonly instances: readonly RolloutInstance[];
  /** What those that were begun and are no longer live reported last of this release. */
  readonly gone?: ReadonlyMap<TargetName, NonNullable<RolloutInstance["failure"]>>;
  readonly before: RolloutState | undefined;
  /** EVENTS sequence of the newest request to lift a halt. */
  readonly resumedSeq: number;
  readonly nowMs: number;
  /** EVENTS sequence of the change that is looked at. */
  readonly seq: number;
}

/** What an installation is told. */
export interface Turn {
  readonly action: "offer" | "apply";
  readonly reason?: string;
  readonly wave?: z.infer<typeof WavePlace>;
}

export interface RolloutPlan {
  /** Undefined where every update waits for a person: there is nothing to remember. */
  readonly state: RolloutState | undefined;
  readonly turns: ReadonlyMap<TargetName, Turn>;
}

/**
 * Whose turn it is. Level-triggered: looked at twice, or late, or after things were merged, the answer is the same
 * but for what has become true meanwhile (I3). Pure; the clock is `nowMs`.
 */
export function planRollout(question: RolloutQuestion): RolloutPlan {
  const { apply, policy, instances, nowMs } = question;
  if (apply === "manual") return { state: undefined, turns: new Map(instances.map(({ id }) => [id, manualTurn])) };
  const opensAtMs = nextOpening(policy.windows, nowMs);
  const live = instances.filter(({ pinned }) => !pinned).map(({ id }) => id);
  const before = question.before?.diffId === question.release.diffId ? question.before : undefined;
  // Those that are gone keep their places while their release is rolled out: the others keep theirs.
  const known = new Set([...live, ...(Object.keys(before?.started ?? {}) as TargetName[])]);
  const cohorts = rolloutCohorts([...known], policy.waves);
  const progress = advanceRollout({ ...question, before, cohorts, isOpen: opensAtMs <= nowMs });
  const turns = instances.map((instance): [TargetName, Turn] => [
    instance.id,
    turnOf(instance, { progress, wave: cohorts.get(instance.id) ?? 1, opensAtMs, nowMs }),
  ]);
  return { state: withNextLook(progress, { question, opensAtMs, cohorts }), turns: new Map(turns) };
}

const manualTurn: Turn = { action: "offer" };

interface Place {
  readonly progress: Progress;
  readonly wave: number;
  readonly opensAtMs: number;
  readonly nowMs: number;
}

function turnOf({ id, pinned }: RolloutInstance, { progress, wave, opensAtMs, nowMs }: Place): Turn {
  const { state } = progress;
  if (pinned) return { action: "offer", reason: "pinned by the configuration" };
  const place = { wave: { number: wave, of: state.of } };
  const start = state.started[id];
  if (start?.end?.result === "failed") return { action: "offer", reason: `failed: ${start.end.reason}`, ...place };
  if (start !== undefined) return { action: "apply", ...place };
  const offer = (reason: string): Turn => ({ action: "offer", reason: reason.slice(0, 1000), ...place });
  if (state.halted !== undefined)
    return offer(`the rollout is halted: ${state.halted.instance}: ${state.halted.reason}`);
  if (wave > state.wave) return offer(waitingFor(progress, wave));
  if (opensAtMs > nowMs) return offer(`the next window opens ${new Date(opensAtMs).toISOString()}`);
  return { action: "apply", ...place };
}

function waitingFor({ state, soakEndsAtMs }: Progress, wave: number): string {
  if (soakEndsAtMs !== undefined && wave === state.wave + 1)
    return `wave ${wave} of ${state.of} begins ${new Date(soakEndsAtMs).toISOString()}`;
  return `wave ${wave} of ${state.of} waits for wave ${state.wave}`;
}

interface Surroundings {
  readonly question: RolloutQuestion;
  readonly opensAtMs: number;
  readonly cohorts: ReadonlyMap<TargetName, number>;
}

/** When to look again although nothing happens. */
function withNextLook({ state, soakEndsAtMs }: Progress, around: Surroundings): RolloutState {
  const { question, opensAtMs, cohorts } = around;
  const { policy, nowMs } = question;
  const timeouts = Object.values(state.started)
    .filter(({ end }) => end === undefined)
    .map(({ atMs }) => atMs + policy.timeout);
  const waits = question.instances.some(
    ({ id, state: own, pinned }) =>
      own === "needs" && !pinned && state.started[id] === undefined && (cohorts.get(id) ?? 1) <= state.wave,
  );
  const opening = waits && state.halted === undefined && opensAtMs > nowMs ? [opensAtMs] : [];
  const soak = soakEndsAtMs === undefined ? [] : [soakEndsAtMs];
  const nextLookAtMs = Math.min(...timeouts, ...opening, ...soak);
  return Number.isFinite(nextLookAtMs) ? { ...state, nextLookAtMs } : state;
}
