import { createHash } from "node:crypto";
import type { TriggerOptions } from "@lockstep/shared/config";
import type { Cursor } from "./cursor.ts";

export type Due =
  | { readonly kind: "nothing"; readonly untilMs: number }
  | { readonly kind: "poll" }
  | { readonly kind: "reconcile" };

/** What is to be done about a route now, or when to ask again. Somebody else's claim is respected. Pure. */
export function decideDue(cursor: Cursor, triggers: TriggerOptions, now: { ms: number; holder: string }): Due {
  const { claim, nextPollAtMs, nextReconcileAtMs } = cursor;
  if (claim !== undefined && claim.holder !== now.holder && claim.untilMs > now.ms)
    return { kind: "nothing", untilMs: claim.untilMs };
  if (nextReconcileAtMs <= now.ms) return { kind: "reconcile" };
  const polls = triggers.policy !== "webhook-only";
  if (polls && nextPollAtMs <= now.ms) return { kind: "poll" };
  return { kind: "nothing", untilMs: polls ? Math.min(nextPollAtMs, nextReconcileAtMs) : nextReconcileAtMs };
}

/** The interval with 10 % jitter, so that a thousand routes do not poll in one breath. `random` in 0..1. */
export function nextPoll(nowMs: number, intervalMs: number, random: number): number {
  return Math.round(nowMs + intervalMs * (0.95 + random / 10));
}

/** A cursor for a route never seen: polled after its initial delay, reconciled at a time of its own. Pure. */
export function firstCursor(route: string, triggers: TriggerOptions, nowMs: number): Cursor {
  const spread = createHash("sha256").update(route).digest().readUInt32BE(0) / 2 ** 32;
  return {
    generation: 0,
    reconciles: 0,
    nextPollAtMs: nowMs + triggers.initialDelay,
    nextReconcileAtMs: Math.round(nowMs + triggers.reconcile * (0.5 + spread / 2)),
  };
}
