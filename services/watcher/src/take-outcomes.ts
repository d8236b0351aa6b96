import { prPublished, updateApplied, type ChangeCause, type PrPublished } from "@lockstep/shared/contracts";
import type { ConfigStore, Route } from "@lockstep/shared/config";
import { PermanentError, type Bus, type Delivery, type Log } from "@lockstep/shared/runtime";
import { bury } from "./bury.ts";
import { routeCursor } from "./cursor.ts";
import { decideUpstream } from "./decide-upstream.ts";
import { revisionNow } from "./decide-poll.ts";
import type { Changes } from "./publish-change.ts";
import { takeEvents } from "./take-events.ts";
import { decideUpdate, parseUpdate, updateCause } from "./take-update.ts";

interface OutcomeSurroundings {
  readonly bus: Bus;
  readonly changes: Changes;
  readonly log: Log;
  readonly config: ConfigStore;
}

/**
 * Looks at the routes that come `after` another as soon as something of that one was merged, and at a rollout as soon
 * as an installation reports, until the signal fires.
 */
export async function takeOutcomes(around: OutcomeSurroundings, signal: AbortSignal): Promise<void> {
  const { bus, log } = around;
  await takeEvents(
    {
      bus,
      log,
      consumer: "outcomes",
      types: [prPublished.type, updateApplied.type],
      take: (delivery, signal) => takeOutcome(around, delivery, signal),
      bury: (delivery, error) => bury(bus, delivery, error),
    },
    signal,
  );
}

async function takeOutcome(around: OutcomeSurroundings, delivery: Delivery, signal: AbortSignal): Promise<void> {
  const { routes } = around.config.current;
  if (delivery.subject.startsWith(updateApplied.everySubject.slice(0, -1))) {
    const route = decideUpdate(parseUpdate(delivery), routes);
    if (route !== undefined) await lookAgain(around, { route, trigger: updateCause(delivery), delivery }, signal);
    return;
  }
  for (const route of decideUpstream(parse(delivery), routes)) {
    const trigger = { kind: "upstream" as const, id: `${delivery.seq}` };
    await lookAgain(around, { route, trigger, delivery }, signal);
  }
}

interface Reason {
  readonly route: Route;
  readonly trigger: ChangeCause;
  readonly delivery: Delivery;
}

async function lookAgain(
  { bus, changes, log }: OutcomeSurroundings,
  { route, trigger, delivery }: Reason,
  signal: AbortSignal,
): Promise<void> {
  const { value } = await routeCursor(bus.bucket("state"), route.name).read();
  const change = { kind: route.kind, route: route.name, revision: revisionNow(value), trigger };
  const { seq } = await changes.publish({ ...change, trace: delivery.trace }, { signal });
  log.info({ route: route.name, seq, outcome: delivery.subject }, "looked at after an outcome");
}

function parse({ subject, body }: Delivery): PrPublished {
  try {
    return prPublished.parse(subject, body);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new PermanentError("OUTCOME_INVALID", `${subject} cannot be read: ${words}`, { cause: error });
  }
}
