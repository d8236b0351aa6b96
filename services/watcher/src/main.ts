import { setMaxListeners } from "node:events";
import { defineService, type Service, type ServiceContext } from "@lockstep/shared/runtime";
import { describeStatus } from "./describe-status.ts";
import { createTurns } from "./in-turn.ts";
import { changesOn } from "./publish-change.ts";
import { takeOutcomes } from "./take-outcomes.ts";
import { takeTriggers } from "./take-triggers.ts";
import { watchFleets } from "./watch-fleets.ts";
import { watchRoutes } from "./watch-routes.ts";
import { watchTargets } from "./watch-targets.ts";
import { concernsOf, repositoryIndex } from "./webhooks/repository-index.ts";
import { serveWebhooks } from "./webhooks/serve-webhooks.ts";
import { createDeliveryTaker } from "./webhooks/take-delivery.ts";

/** The watcher knows that something changed: at a source, at a target, upstream, or because somebody says so. */
export const watcher = createWatcher({ statusLineMs: 5 * 60_000 });

/** `statusLineMs`: how often it says that it is alive and what it waits for. */
export function createWatcher({ statusLineMs }: { readonly statusLineMs: number }): Service {
  return defineService("watcher", (context) => watch(context, statusLineMs));
}

async function watch({ config, bus, log, holder, signal }: ServiceContext, statusLineMs: number): Promise<void> {
  // Every look waits for the same signal; that many are no leak.
  setMaxListeners(0, signal);
  const changes = changesOn(bus);
  const counts = new Map<string, number>();
  let listening: string | undefined;
  const around = { config, bus, log, holder, changes, inTurn: createTurns(), now: Date.now };
  const routes = watchRoutes(around);
  const targets = watchTargets(around);
  const take = createDeliveryTaker({
    ...around,
    index: repositoryIndex(config),
    concernsOf: (route) => concernsOf(config.current, route),
    count: (what) => counts.set(what, (counts.get(what) ?? 0) + 1),
  });
  const logStatus = () => {
    const state = { isUp: bus.isUp(), routes: routes.status(), targets: targets.status(), webhooks: listening, counts };
    log.info(describeStatus(state, Date.now()), "watching");
  };
  const statusLine = setInterval(logStatus, statusLineMs);
  try {
    await Promise.all([
      routes.run(signal),
      targets.run(signal),
      watchFleets(around).run(signal),
      takeTriggers({ ...around, wake: (route) => routes.wake(route) }, signal),
      takeOutcomes(around, signal),
      serveWebhooks({ ...around, take, onListening: (address) => (listening = address) }, signal),
    ]);
  } finally {
    clearInterval(statusLine);
  }
}
