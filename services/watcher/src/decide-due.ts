import type { TriggerOptions } from "@lockstep/shared/config";
import type { Cursor } from "./cursor.ts";
import { spreadOf } from "./spread.ts";

export type Due =
  | { readonly kind: "nothing"; readonly untilMs: number }
  /** Another replica is at it. */
  | { readonly kind: "taken"; readonly untilMs: number }
  | { readonly kind: "startup" }
  | { readonly kind: "poll" }
  | { readonly kind: "reconcile" };

export interface Moment {
  readonly ms: number;
  readonly holder: string;
  /** This process has not looked at the route yet. */
  readonly isStarting: boolean;
}

/** Replicas that start together look once. */
const startTogetherMs = 60_000;

/** What is to be done about a route now, or when to ask again. Somebody else's claim is respected. Pure. */
export function decideDue(cursor: Cursor, triggers: TriggerOptions, now: Moment): Due {
  const { claim, starts } = cursor;
  if (claim !== undefined && claim.holder !== now.holder && claim.untilMs > now.ms)
    return { kind: "taken", untilMs: claim.untilMs };
  const isFirst = starts === undefined || now.ms - starts.atMs >= startTogetherMs;
  if (now.isStarting && triggers.onStartup && isFirst) return { kind: "startup" };
  const reconcileAtMs = nextReconcileAt(cursor, triggers);
  if (reconcileAtMs <= now.ms) return { kind: "reconcile" };
  const pollAtMs = nextPollAt(cursor, triggers);
  if (pollAtMs <= now.ms) return { kind: "poll" };
  return { kind: "nothing", untilMs: Math.min(pollAtMs, reconcileAtMs) };
}

/** When a route is polled next; never where only webhooks count. Pure. */
export function nextPollAt({ nextPollAtMs, planned, failing }: Cursor, triggers: TriggerOptions): number {
  if (triggers.policy === "webhook-only") return Number.POSITIVE_INFINITY;
  return failing === undefined ? sooner(nextPollAtMs, planned, triggers.interval) : nextPollAtMs;
}

/** When a route is reconciled next, whatever its policy. Pure. */
export function nextReconcileAt({ nextReconcileAtMs, reconcilePlanned }: Cursor, triggers: TriggerOptions): number {
  return sooner(nextReconcileAtMs, reconcilePlanned, triggers.reconcile);
}

/** An interval that was shortened since holds at once, not only after the long one is over. Pure. */
export function sooner(nextMs: number, planned: Cursor["planned"], intervalMs: number): number {
  if (planned === undefined || intervalMs >= planned.intervalMs) return nextMs;
  return Math.min(nextMs, planned.atMs + intervalMs);
}

/** The interval with 10 % jitter, so that a thousand routes do not poll in one breath. `random` in 0..1. Pure. */
export function withJitter(nowMs: number, intervalMs: number, random: number): number {
  return Math.round(nowMs + intervalMs * (0.95 + random / 10));
}

/** A cursor for a route never seen: polled after its initial delay, reconciled at a time of its own. Pure. */
export function firstCursor(route: string, triggers: TriggerOptions, nowMs: number): Cursor {
  return {
    generation: 0,
    reconciles: 0,
    nextPollAtMs: nowMs + triggers.initialDelay,
    nextReconcileAtMs: Math.round(nowMs + triggers.reconcile * (0.5 + spreadOf(route) / 2)),
    reconcilePlanned: { atMs: nowMs, intervalMs: triggers.reconcile },
  };
}
