import { RunRequest, trigger, type RouteName, type Trigger } from "@lockstep/shared/contracts";
import type { ConfigStore, Route } from "@lockstep/shared/config";
import { ConflictError, PermanentError, type Bus, type Delivery, type Log } from "@lockstep/shared/runtime";
import { bury } from "./bury.ts";
import { routeCursor } from "./cursor.ts";
import { revisionNow } from "./decide-poll.ts";
import type { Changes } from "./publish-change.ts";
import { takeEvents } from "./take-events.ts";

export interface TriggerSurroundings {
  readonly bus: Bus;
  readonly changes: Changes;
  readonly log: Log;
  readonly config: ConfigStore;
  readonly now: () => number;
  /** A route must be looked at sooner than planned. */
  readonly wake: (route: RouteName) => void;
}

/**
 * Turns `lockstep.trigger.<route>` into a change-detected, until the signal fires. The trigger's own sequence is
 * the cause: a redelivered trigger is one change (I3).
 */
export async function takeTriggers(around: TriggerSurroundings, signal: AbortSignal): Promise<void> {
  const { bus, log } = around;
  await takeEvents(
    {
      bus,
      log,
      consumer: "triggers",
      types: [trigger.type],
      take: (delivery, signal) => takeTrigger(around, delivery, signal),
      bury: (delivery, error) => bury(bus, delivery, error),
    },
    signal,
  );
}

async function takeTrigger(around: TriggerSurroundings, delivery: Delivery, signal: AbortSignal): Promise<void> {
  const { changes, log, config, wake } = around;
  const asked = parse(delivery);
  const route = config.current.routes.get(asked.route);
  if (route === undefined)
    throw new PermanentError("ROUTE_UNKNOWN", `${delivery.subject} names no route of this configuration`, {
      hint: `routes: ${[...config.current.routes.keys()].slice(0, 50).join(", ") || "none"}`,
    });
  await storeRequests(around, { route, asked, delivery });
  const revision = await resume(around, route.name);
  const cause = { kind: "manual" as const, id: `${delivery.seq}` };
  const change = { kind: route.kind, route: route.name, revision, trigger: cause, trace: delivery.trace };
  const { seq } = await changes.publish(change, { signal });
  wake(route.name);
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
  readonly route: Route;
  readonly asked: Trigger;
  readonly delivery: Delivery;
}

/** Options never ride on work messages, where a later poll would erase them: they wait in a bucket. */
async function storeRequests({ bus }: TriggerSurroundings, { route, asked, delivery }: Asked): Promise<void> {
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

/** A person's trigger ends a suspension: the next poll is due now, and failures are counted anew. Gives the revision. */
async function resume({ bus, now }: TriggerSurroundings, route: RouteName): Promise<string> {
  const store = routeCursor(bus.bucket("state"), route);
  for (;;) {
    const { value, revision } = await store.read();
    if (value?.failing === undefined || !value.failing.suspended) return revisionNow(value);
    const { failing: _failing, ...healthy } = value;
    try {
      await store.write({ ...healthy, nextPollAtMs: now() }, revision);
      return revisionNow(value);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}
