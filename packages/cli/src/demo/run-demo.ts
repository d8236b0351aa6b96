import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNatsServer } from "@lockstep/nats-server";
import { startForge, startSource, type Forge } from "@lockstep/sandbox";
import { connectBus, createLog, runServices, type Bus } from "@lockstep/shared/runtime";
import { followAll } from "../commands/tail.ts";
import { describeEvent } from "../describe-event.ts";
import { freePort } from "../free-port.ts";
import { paint, printLine } from "../print.ts";
import { services } from "../services.ts";
import { imageModels, textModels } from "./records.ts";

export interface DemoOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Where the console and the nats-server would like to listen; where that is taken, elsewhere. */
  readonly natsPort: number;
}

const consolePort = 8600;

/**
 * The demo world: a source with records to edit, a forge over real git repositories, a nats-server and every
 * service, all on the loopback interface and gone when it ends.
 */
export async function runDemo({ env, signal, natsPort }: DemoOptions): Promise<void> {
  // What happens is shown as events; the services' own lines would drown them.
  process.env["LOCKSTEP_LOG_LEVEL"] ??= "warn";
  await using folder = await mkdtempDisposable(join(tmpdir(), "lockstep-demo-"));
  await using forge = await startForge();
  await using source = await startSource({ catalogs: { text_generation: textModels, image_generation: imageModels } });
  await createRepositories(forge);
  const config = join(folder.path, "lockstep.yaml");
  await writeFile(config, configText(forge, source.url));
  await using nats = await startNatsServer({
    port: await freePort(natsPort),
    durable: true,
    report: printLine,
    signal,
  });
  const port = await freePort(Number(env["LOCKSTEP_CONSOLE_PORT"] ?? consolePort));
  const running = runServices({
    services,
    configFile: config,
    env: { ...env, LOCKSTEP_CONSOLE_PORT: String(port), LOCKSTEP_CACHE: folder.path },
    signal,
    provision: true,
    nats: { servers: nats.url },
  });
  greet({ forge, sourcePage: source.pageUrl, nats: nats.url, config, port });
  await Promise.all([running, showEvents(nats.url, signal)]);
}

async function createRepositories(forge: Forge): Promise<void> {
  const { "Old-Model-7B": _old, ...known } = textModels;
  const text = { ...known, "Retired-Model-6B": { name: "Retired-Model-6B", parameters: 6_000_000_000 } };
  await forge.createRepository({ owner: "acme", name: "text-models", files: { "db.json": json(text) } });
  await forge.createRepository({
    owner: "acme",
    name: "image-models",
    files: { "stable_diffusion.json": json(imageModels) },
  });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 4)}\n`;
}

function configText(forge: Forge, sourceUrl: string): string {
  const triggers = { interval: "2s", targetInterval: "2s", onStartup: true };
  const route = (category: string, repository: string) => ({
    kind: "catalog",
    source: { url: sourceUrl, categories: [category] },
    targets: { main: { repository, pullRequest: { labels: ["sync"], maxDeletions: "50%" } } },
    triggers,
  });
  return json({
    github: { apiUrl: forge.apiUrl, token: forge.token },
    routes: {
      "text-models": route("text_generation", "acme/text-models"),
      "image-models": route("image_generation", "acme/image-models"),
    },
  });
}

interface Greeting {
  readonly forge: Forge;
  readonly sourcePage: string;
  readonly nats: string;
  readonly config: string;
  readonly port: number;
}

function greet({ forge, sourcePage, nats, config, port }: Greeting): void {
  const line = (label: string, address: string) => printLine(`  ${label.padEnd(16)} ${paint("cyan", address)}`);
  printLine(paint("bold", "Lockstep's demo world is up; nothing leaves this machine."));
  line("source", sourcePage);
  line("forge", `${forge.url}/acme/text-models/pulls`);
  line("status", `http://127.0.0.1:${port}/api/status`);
  line("NATS", nats);
  printLine();
  printLine("What to try next:");
  printLine(`  1. open the forge: a pull request stands there; merge it`);
  printLine(`  2. edit a record at the source, and watch the next pull request appear within seconds`);
  printLine(`  3. in another terminal, in this folder:`);
  printLine(paint("dim", `     export LOCKSTEP_CONFIG=${config} LOCKSTEP_NATS_URL=${nats}`));
  printLine(paint("dim", `     npx pnpm@12 lockstep trigger text-models --wait`));
  printLine(paint("dim", `     npx pnpm@12 lockstep status --console http://127.0.0.1:${port}`));
  printLine("Ctrl-C ends it. What happens:");
  printLine();
}

async function showEvents(natsUrl: string, signal: AbortSignal): Promise<void> {
  const log = createLog("demo", process.stderr);
  log.level = "silent";
  await using bus: Bus = await connectBus({ nats: { servers: natsUrl }, source: "lockstep/cli", log, signal });
  // The services provision; until then there is nothing to follow.
  await bus.provision({ replicas: 1 });
  for await (const message of followAll(bus, { signal, from: 1 })) printLine(describeEvent(message));
}
