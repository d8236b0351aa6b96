import { defineService, type ServiceContext } from "@lockstep/shared/runtime";
import { statusLineMs } from "./config.ts";
import { readCursor } from "./cursor.ts";
import { revisionNow } from "./handler.ts";
import { publishChange } from "./publish-change.ts";
import { takeTriggers } from "./take-triggers.ts";
import { watchRoutes } from "./watch-routes.ts";

/** The watcher knows that a source changed: polls, manual triggers, and the start of a process. */
export const watcher = defineService("watcher", async (context) => {
  const { config, bus, log, holder, signal } = context;
  const watch = watchRoutes({ config, bus, log, holder });
  const statusLine = setInterval(() => logStatus(context), statusLineMs);
  try {
    await Promise.all([
      lookAtStart(context),
      watch.run(signal),
      takeTriggers({ config, bus, log, wake: (route) => watch.wake(route) }, signal),
    ]);
  } finally {
    clearInterval(statusLine);
  }
});

/** Routes with `onStartup` are looked at once by each process that starts. */
async function lookAtStart({ config, bus, log, holder, signal }: ServiceContext): Promise<void> {
  for (const route of config.current.routes.values()) {
    if (!route.triggers.onStartup) continue;
    const { value } = await readCursor(bus.bucket("state"), route.name);
    const trigger = { kind: "startup" as const, id: holder };
    const change = { kind: route.kind, route: route.name, revision: revisionNow(value), trigger };
    const seq = await publishChange(bus, change, signal);
    log.info({ route: route.name, seq }, "looked at for the start");
  }
}

function logStatus({ config, bus, log }: ServiceContext): void {
  log.info({ routes: [...config.current.routes.keys()], connected: bus.isUp() }, "watching");
}
