import { prPublished, type PrPublished } from "@lockstep/shared/contracts";
import type { ConfigStore } from "@lockstep/shared/config";
import { PermanentError, type Bus, type Delivery, type Log } from "@lockstep/shared/runtime";
import { bury } from "./bury.ts";
import { routeCursor } from "./cursor.ts";
import { decideUpstream } from "./decide-upstream.ts";
import { revisionNow } from "./decide-poll.ts";
import type { Changes } from "./publish-change.ts";
import { takeEvents } from "./take-events.ts";

interface OutcomeSurroundings {
  readonly bus: Bus;
  readonly changes: Changes;
  readonly log: Log;
  readonly config: ConfigStore;
}

/** Looks at the routes that come `after` another as soon as something of that one was merged, until the signal fires. */
export async function takeOutcomes(around: OutcomeSurroundings, signal: AbortSignal): Promise<void> {
  const { bus, log } = around;
  await takeEvents(
    {
      bus,
      log,
      consumer: "outcomes",
      types: [prPublished.type],
      take: (delivery, signal) => takeOutcome(around, delivery, signal),
      bury: (delivery, error) => bury(bus, delivery, error),
    },
    signal,
  );
}

async function takeOutcome(around: OutcomeSurroundings, delivery: Delivery, signal: AbortSignal): Promise<void> {
  const { bus, changes, log, config } = around;
  const outcome = parse(delivery);
  for (const route of decideUpstream(outcome, config.current.routes)) {
    const { value } = await routeCursor(bus.bucket("state"), route.name).read();
    const trigger = { kind: "upstream" as const, id: `${delivery.seq}` };
    const change = { kind: route.kind, route: route.name, revision: revisionNow(value), trigger };
    const { seq } = await changes.publish({ ...change, trace: delivery.trace }, { signal });
    log.info({ route: route.name, after: outcome.route, seq }, "looked at after another route");
  }
}

function parse({ subject, body }: Delivery): PrPublished {
  try {
    return prPublished.parse(subject, body);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new PermanentError("OUTCOME_INVALID", `${subject} cannot be read: ${words}`, { cause: error });
  }
}
