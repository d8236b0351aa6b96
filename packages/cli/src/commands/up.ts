import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { startNatsServer } from "@lockstep/nats-server";
import { loadConfig } from "@lockstep/shared/config";
import { PermanentError, runServices } from "@lockstep/shared/runtime";
import { configFile, hasConfig, withConfig } from "../config-file.ts";
import { freePort } from "../free-port.ts";
import { runDemo } from "../demo/run-demo.ts";
import { printLine } from "../print.ts";
import { services } from "../services.ts";
import { untilStopped } from "../until-stopped.ts";

interface UpOptions {
  readonly config?: string;
  readonly demo?: true;
  readonly port?: string;
  readonly natsPort: string;
}

export function addUp(program: Command): void {
  withConfig(program.command("up"))
    .description("every service in one process, with a nats-server of its own if none is configured")
    .option("--demo", "a world to look around in: a source, a forge and three records; nothing leaves this machine")
    .option("--port <port>", "the console's port (default: console.port of the configuration, 8600)")
    .option("--nats-port <port>", "the port of the nats-server it starts", "4222")
    .addHelpText("after", "\nExample:\n  lockstep up --config lockstep.yaml\n  lockstep up --demo")
    .action(async (options: UpOptions) => {
      const env = options.port === undefined ? process.env : { ...process.env, LOCKSTEP_CONSOLE_PORT: options.port };
      const around = { env, signal: untilStopped(), natsPort: Number(options.natsPort) };
      if (options.demo || !hasConfig(options.config)) {
        if (!options.demo) printLine("No lockstep.yaml here: this is the demo world.");
        await runDemo(around);
      } else await runConfigured(configFile(options.config), around);
    });
}

interface UpSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly natsPort: number;
}

async function runConfigured(file: string, { env, signal, natsPort }: UpSurroundings): Promise<void> {
  const { nats } = await loadConfig(file);
  if (nats.servers !== undefined) return runServices({ services, configFile: file, env, signal, provision: true });
  if ((await freePort(natsPort)) !== natsPort)
    throw new PermanentError("NATS_PORT_TAKEN", `Port ${natsPort} is taken, so no nats-server can be started there`, {
      hint: "if that is your NATS, set nats.servers in lockstep.yaml; otherwise give another --nats-port",
    });
  await using server = await startNatsServer({
    port: natsPort,
    durable: true,
    storeFolder: join(dirname(resolve(file)), ".lockstep", "nats"),
    report: printLine,
    signal,
  });
  await runServices({ services, configFile: file, env, signal, provision: true, nats: { servers: server.url } });
}
