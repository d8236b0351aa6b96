import { once } from "node:events";
import { defineService, PermanentError } from "@lockstep/shared/runtime";
import { listenAddress } from "./config.ts";
import { createConsole } from "./handler.ts";

export type { InstanceStatus } from "./read-instances.ts";
export type { RouteStatus, Status, TargetStatus } from "./status.ts";

/** The console shows where everything stands. */
export const consoleService = defineService("console", async ({ config, bus, log, signal, env }) => {
  const { host, port } = listenAddress(config.current.console, env);
  const server = createConsole({ bus, config, log });
  try {
    const address = await server.listen({ host, port });
    log.info({ address: `${address}/api/status` }, "listening");
  } catch (error) {
    throw new PermanentError("CONSOLE_PORT_TAKEN", `The console cannot listen on ${host}:${port}: ${String(error)}`, {
      cause: error,
      hint: "give another port: --port, LOCKSTEP_CONSOLE_PORT or console.port",
    });
  }
  if (!signal.aborted) await once(signal, "abort");
  await server.close();
});
