import type { z } from "zod";
import type { EventContract } from "../../contracts/define-event.ts";
import type { ChangeCause } from "../../contracts/change-detected.ts";
import type { Bus } from "../bus/bus.ts";
import type { WorkStream } from "../bus/streams.ts";
import type { Log } from "../log.ts";
import type { WorkHandler } from "./handler.ts";

/** What every event on a work queue says. */
export interface WorkEvent {
  readonly route: string;
  readonly target?: string | undefined;
  readonly trigger: ChangeCause;
}

/** A service's work queue: which events, who takes turns, and what is done about them. */
export interface WorkQueue<Event extends WorkEvent> {
  readonly service: string;
  readonly stream: WorkStream;
  readonly consumer: string;
  readonly contract: Pick<EventContract<z.ZodObject>, "type"> & { parse(subject: string, body: string): Event };
  /** Events with the same lease take turns. A name or a repository's identity. */
  readonly leaseOf: (event: Event) => string;
  /** Subjects, of the queue, of everything else that needs the same lease. */
  readonly siblingsOf: (event: Event) => readonly string[];
  /** Subjects on which only the holder of the lease reports; what is already there is the fence. */
  readonly outcomesOf: (event: Event) => readonly string[] | Promise<readonly string[]>;
  /** The content an event is about: a dead letter is not repeated for the same. */
  readonly contentOf: (event: Event) => string;
  readonly handle: WorkHandler<Event>;
}

export interface WorkLimits {
  /** Runs at the same time in this process. */
  readonly concurrency: number;
  readonly leaseTtlMs: number;
  /** Tries before a dead letter. */
  readonly maxAttempts: number;
  /** A run that takes longer has failed. */
  readonly runLimitMs: number;
}

/** Half of what a delivery may stay silent: a holder that died is found out by its lease first. */
export function ackWaitMs({ leaseTtlMs }: WorkLimits): number {
  return 2 * leaseTtlMs;
}

/** The usual limits, with LOCKSTEP_LEASE_SECONDS for those who want a dead replica replaced sooner. */
export function readLimits(env: Readonly<Record<string, string | undefined>>): WorkLimits {
  const seconds = Number(env["LOCKSTEP_LEASE_SECONDS"] ?? "");
  return seconds >= 1 ? { ...usualLimits, leaseTtlMs: seconds * 1000 } : usualLimits;
}

export const usualLimits: WorkLimits = { concurrency: 4, leaseTtlMs: 30_000, maxAttempts: 5, runLimitMs: 15 * 60_000 };

export interface WorkSurroundings {
  readonly bus: Bus;
  readonly log: Log;
  /** Names this process among its replicas. */
  readonly holder: string;
  readonly limits: WorkLimits;
}

/** The key of an event's lease. */
export function leaseKey<Event extends WorkEvent>(queue: WorkQueue<Event>, event: Event): string {
  return leaseKeyOf(queue.service, queue.leaseOf(event));
}

/** The key under which a service leases what has this name: in characters that a key may have. */
export function leaseKeyOf(service: string, name: string): string {
  return `${service}.${name.replaceAll(":", "=")}`;
}
