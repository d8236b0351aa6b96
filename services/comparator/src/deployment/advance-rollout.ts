import type { RolloutStart, RolloutState, TargetName } from "@lockstep/shared/contracts";
import type { RolloutInstance, RolloutQuestion } from "./plan-rollout.ts";

export interface AdvanceQuestion extends RolloutQuestion {
  readonly cohorts: ReadonlyMap<TargetName, number>;
  readonly isOpen: boolean;
}

export interface Progress {
  readonly state: RolloutState;
  /** Set while the rollout waits between two waves. */
  readonly soakEndsAtMs: number | undefined;
}

type Started = Readonly<Record<TargetName, RolloutStart>>;

/** Takes up what was reported, halts or goes on, and begins those whose turn it is. Pure. */
export function advanceRollout(question: AdvanceQuestion): Progress {
  const { before, release, policy, resumedSeq } = question;
  const of = policy.waves.length;
  const first: RolloutState = { ...release, wave: 1, of, started: {} };
  const base = { ...(before ?? first), commit: release.commit, of, wave: Math.min(before?.wave ?? 1, of) };
  const { halted: haltedBefore, nextLookAtMs: _nextLookAtMs, ...rest } = base;
  const isResumed = haltedBefore !== undefined && resumedSeq > haltedBefore.seq;
  const started = excuse(takeUp(question, rest.started), isResumed);
  const halted = (isResumed ? undefined : haltedBefore) ?? haltOf(question, started);
  const state = { ...rest, started, ...(halted === undefined ? {} : { halted }) };
  return halted === undefined ? goOn(question, state) : { state, soakEndsAtMs: undefined };
}

/** What became of those that were begun. A failure stays one until the installation has what it should. */
function takeUp({ instances, gone, policy, nowMs }: AdvanceQuestion, started: Started): Started {
  const live = new Map(instances.map((instance) => [instance.id, instance]));
  return mapStarted(started, (start, id) => {
    const instance = live.get(id);
    const failure = instance === undefined ? gone?.get(id) : instance.failure;
    const end = endOf(start, { instance, failure }, { timeoutMs: policy.timeout, nowMs });
    return end === undefined ? start : { ...start, end };
  });
}

function endOf(
  { atMs: beganAtMs, seq, end }: RolloutStart,
  {
    instance,
    failure,
  }: { readonly instance: RolloutInstance | undefined; readonly failure: RolloutInstance["failure"] },
  { timeoutMs, nowMs }: { readonly timeoutMs: number; readonly nowMs: number },
): RolloutStart["end"] {
  const failed = (reason: string) => ({ result: "failed" as const, atMs: nowMs, reason: reason.slice(0, 1000) });
  if (instance?.state === "done" && !instance.isUnhealthy)
    return end?.result === "applied" ? end : { result: "applied", atMs: nowMs };
  if (end?.result === "failed") return end;
  if (failure !== undefined && (failure.held || failure.seq >= seq)) return failed(failure.reason);
  if (instance?.state === "done" && end?.result === "applied") return failed("unhealthy after the update");
  if (end !== undefined) return end;
  return nowMs >= beganAtMs + timeoutMs ? failed(`not finished after ${timeoutMs / 1000} s`) : undefined;
}

function excuse(started: Started, isResumed: boolean): Started {
  if (!isResumed) return started;
  return mapStarted(started, (start) => (start.end?.result === "failed" ? { ...start, excused: true } : start));
}

function haltOf({ policy, nowMs, seq }: AdvanceQuestion, started: Started): RolloutState["halted"] {
  if (policy.onFailure === "continue") return undefined;
  const culprit = entriesOf(started).find(([, { end, excused }]) => end?.result === "failed" && !excused);
  return culprit && { instance: culprit[0], reason: culprit[1].end?.reason ?? "failed", atMs: nowMs, seq };
}

/** Wave after wave, as far as they are over and their soak is; a wave in which nobody had to be begun needs none. */
function goOn(question: AdvanceQuestion, state: RolloutState): Progress {
  const { policy, nowMs, cohorts, instances } = question;
  const { waveEndedAtMs, ...rest } = begin(question, state);
  const isOver = instances
    .filter(({ id }) => (cohorts.get(id) ?? Number.POSITIVE_INFINITY) <= rest.wave)
    .every(({ id, state: own }) => own !== "needs" || rest.started[id]?.end !== undefined);
  const isFinished = Object.values(rest.started).every(({ end }) => end !== undefined);
  if (!isOver || !isFinished || rest.wave >= rest.of) return { state: rest, soakEndsAtMs: undefined };
  const wasNeeded = Object.values(rest.started).some(({ wave }) => wave === rest.wave);
  const endedAtMs = waveEndedAtMs ?? nowMs;
  const soakEndsAtMs = wasNeeded ? endedAtMs + policy.soak : nowMs;
  if (soakEndsAtMs > nowMs) return { state: { ...rest, waveEndedAtMs: endedAtMs }, soakEndsAtMs };
  return goOn(question, { ...rest, wave: rest.wave + 1 });
}

function begin({ instances, cohorts, isOpen, nowMs, seq }: AdvanceQuestion, state: RolloutState): RolloutState {
  if (!isOpen) return state;
  const turn = instances.filter(
    ({ id, state: own, pinned }) =>
      own === "needs" && !pinned && state.started[id] === undefined && (cohorts.get(id) ?? 1) <= state.wave,
  );
  if (turn.length === 0) return state;
  const begun = turn.map(({ id }): [TargetName, RolloutStart] => [id, { wave: state.wave, atMs: nowMs, seq }]);
  return { ...state, started: { ...state.started, ...Object.fromEntries(begun) } };
}

function entriesOf(started: Started): [TargetName, RolloutStart][] {
  return Object.entries(started) as [TargetName, RolloutStart][];
}

function mapStarted(started: Started, change: (start: RolloutStart, id: TargetName) => RolloutStart): Started {
  return Object.fromEntries(entriesOf(started).map(([id, start]) => [id, change(start, id)]));
}
