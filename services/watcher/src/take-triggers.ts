import { deadLetter, RouteName, RunRequest, trigger, type Trigger } from "@lockstep/shared/contracts";
import type { ConfigStore, Route } from "@lockstep/shared/config";
import {
  ConflictError,
  eventConsumers,
  PermanentError,
  redact,
  type Bus,
  type Delivery,
  type Log,
  type SyncError,
} from "@lockstep/shared/runtime";
import { readCursor, writeCursor } from "./cursor.ts";
import { revisionNow } from "./handler.ts";
import { publishChange } from "./publish-change.ts";

export interface TriggerSurroundings {
  readonly bus: Bus;
  readonly log: Log;
  readonly config: ConfigStore;
  /** A route must be looked at sooner than planned. */
  readonly wake: (route: RouteName) => void;
}

const buffer = 32;
const failedMs = 2000;

/**
 * Turns `lockstep.trigger.<route>` into a change-detected, until the signal fires. The trigger's own sequence is
 * the cause: a redelivered trigger is one change (I3). Acknowledged only when the change is stored (I5).
 */
export async function takeTriggers(around: TriggerSurroundings, signal: AbortSignal): Promise<void> {
  const deliveries = await around.bus.consume("EVENTS", eventConsumers.triggers.name, buffer);
  const stop = () => void deliveries.close();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  for await (const delivery of deliveries) {
    if (signal.aborted) delivery.nak(1);
    else await settle(around, delivery, signal);
  }
  if (!signal.aborted) throw new Error("the consumer of triggers ended by itself");
}

async function settle(around: TriggerSurroundings, delivery: Delivery, signal: AbortSignal): Promise<void> {
  try {
    await take(around, delivery, signal);
    await delivery.ack();
  } catch (error) {
    if (error instanceof PermanentError) {
      await bury(around, delivery, error);
      await delivery.ack();
      return;
    }
    around.log.warn({ error, subject: delivery.subject }, "trigger failed, will come again");
    delivery.nak(failedMs);
  }
}

async function take(
  { bus, log, config, wake }: TriggerSurroundings,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<void> {
  const asked = parse(delivery);
  const route = config.current.routes.get(asked.route);
  if (route === undefined)
    throw new PermanentError("ROUTE_UNKNOWN", `${delivery.subject} names no route of this configuration`, {
      hint: `routes: ${[...config.current.routes.keys()].join(", ") || "none"}`,
    });
  await storeRequests({ bus, route, asked, delivery });
  const resumed = await resume(bus, route.name);
  const cause = { kind: "manual" as const, id: `${delivery.seq}` };
  const change = { kind: route.kind, route: route.name, revision: resumed.revision, trigger: cause };
  const seq = await publishChange(bus, { ...change, trace: delivery.trace }, signal);
  if (resumed.wasSuspended) wake(route.name);
  log.info({ route: route.name, seq, trigger: delivery.seq, reason: asked.reason }, "triggered");
}

function parse({ subject, body }: Delivery): Trigger {
  try {
    return trigger.parse(subject, body);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new PermanentError("TRIGGER_INVALID", `${subject} cannot be read: ${words}`, {
      cause: error,
      hint: "an empty body is valid; otherwise a JSON object",
    });
  }
}

interface Asked {
  readonly bus: Bus;
  readonly route: Route;
  readonly asked: Trigger;
  readonly delivery: Delivery;
}

/** Options never ride on work messages, where a later poll would erase them: they wait in a bucket. */
async function storeRequests({ bus, route, asked, delivery }: Asked): Promise<void> {
  if (asked.options === undefined) return;
  const known = new Set(route.targets.map(({ name }) => name));
  const unknown = (asked.targets ?? []).filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new PermanentError("TARGET_UNKNOWN", `${route.name} has no target ${unknown.join(", ")}`, {
      hint: `targets: ${[...known].join(", ")}`,
    });
  const requestId = asked.requestId ?? `${delivery.seq}`;
  const request = RunRequest.parse({
    requestId,
    options: asked.options,
    requestedAt: new Date(delivery.time).toISOString(),
  });
  for (const target of asked.targets ?? known)
    await bus.bucket("requests").write(`${route.name}.${target}.${delivery.seq}`, JSON.stringify(request));
}

interface Resumed {
  readonly revision: string;
  readonly wasSuspended: boolean;
}

/** A person's trigger ends a suspension: the next poll is due now. */
async function resume(bus: Bus, route: RouteName): Promise<Resumed> {
  const state = bus.bucket("state");
  for (;;) {
    const { value, revision } = await readCursor(state, route);
    if (value?.failing === undefined || !value.failing.suspended)
      return { revision: revisionNow(value), wasSuspended: false };
    const { failing: _failing, ...healthy } = value;
    try {
      await writeCursor(state, route, { value: { ...healthy, nextPollAtMs: Date.now() }, revision });
      return { revision: revisionNow(value), wasSuspended: true };
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}

async function bury({ bus, log }: TriggerSurroundings, delivery: Delivery, error: SyncError): Promise<void> {
  log.error({ error, subject: delivery.subject, seq: delivery.seq }, "trigger refused: dead letter");
  const name = RouteName.safeParse(delivery.subject.split(".")[2]);
  // A subject that is no route's cannot be one of a dead letter either: the log line is all there is.
  if (!name.success) return;
  const letter = deadLetter.create({
    service: "watcher",
    route: name.data,
    code: error.code,
    message: redact(`${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}`).slice(0, 4000),
    attempts: 1,
    seq: delivery.seq,
    event: { subject: delivery.subject, data: delivery.body.slice(0, 10_000) },
  });
  await bus.publish(letter, { trace: delivery.trace });
}
