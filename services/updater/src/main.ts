import { once } from "node:events";
import { hostname } from "node:os";
import { createGit, gitHubCredentials, tokenCredentials } from "@lockstep/git";
import type { Config, DeploymentRoute, UpdaterOptions } from "@lockstep/shared/config";
import {
  PermanentError,
  type BegunService,
  type EarlyContext,
  type Service,
  type ServiceContext,
} from "@lockstep/shared/runtime";
import { adminPath, createAdmin } from "./admin/admin.ts";
import { endOrphans } from "./app/end-orphans.ts";
import { BusLink } from "./bus-link.ts";
import { Gateway } from "./gateway/gateway.ts";
import { Inventory } from "./inventory.ts";
import { draftInventory, localControl, type ControlParts } from "./local-control.ts";
import { reloadApplication } from "./reload-application.ts";
import type { ReleaseSource } from "./source/release-repository.ts";
import { machineFileSystem } from "./store/file-system.ts";
import { Installation } from "./store/installation.ts";
import { Supervisor } from "./switch/supervisor.ts";
import { Switcher } from "./switch/switcher.ts";
import { lockInstallation } from "./update/installation-lock.ts";
import { readPreferences } from "./update/preferences.ts";
import { Updater } from "./update/updater.ts";

const settleMs = 3000;

/** The updater makes one installation so: it is there before NATS is, and while it is away. */
export const updater: Service = {
  name: "updater",
  begin: beginUpdater,
  async run(context) {
    await using begun = await beginUpdater(context);
    await begun.run(context);
  },
};

async function beginUpdater(context: EarlyContext): Promise<BegunService> {
  const options = context.config.current.updater;
  return options === undefined ? notConfigured(context) : beginInstallation(context, options);
}

/** `lockstep up` runs every service; not every configuration has an installation. */
function notConfigured({ log }: EarlyContext): BegunService {
  return {
    async run({ signal }) {
      log.info({}, "no updater is configured");
      if (!signal.aborted) await once(signal, "abort");
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function beginInstallation(context: EarlyContext, options: UpdaterOptions): Promise<BegunService> {
  await using opened = new AsyncDisposableStack();
  opened.use(lockInstallation(options.root));
  const orphans = await endOrphans(options.root);
  if (orphans > 0) context.log.warn({ orphans }, "processes of an updater that was killed are ended");
  const installation = await Installation.open({
    files: machineFileSystem,
    root: options.root,
    keep: options.keepReleases,
  });
  // The administration is reached through the gateway and knows what stands behind it.
  let handle: Parameters<typeof Gateway.listen>[0]["admin"];
  const gateway = opened.use(
    await Gateway.listen({
      ...options.listen,
      healthPath: options.supervise?.health.path ?? "/",
      hold: { waitMs: options.switch.hold, most: options.switch.maxHeld },
      admin: { path: adminPath, handle: (request, response) => handle?.handle(request, response) },
    }),
  );
  const { parts, switcher } = assemble(context, options, { installation, gateway });
  opened.defer(async () => {
    await parts.supervisor?.stop();
  });
  const control = localControl(parts);
  const admin = await createAdmin({ control, token: options.adminToken, log: context.log, signal: context.signal });
  opened.defer(() => admin.close());
  handle = { path: adminPath, handle: (request, response) => admin.routing(request, response) };
  const outcome = await switcher.begin();
  context.log.info({ port: gateway.port, outcome: outcome?.kind ?? "nothing installed" }, "listening");
  const all = opened.move();
  return { run: (running) => follow(running, parts, options), [Symbol.asyncDispose]: () => all.disposeAsync() };
}

interface Opened {
  readonly installation: Installation;
  readonly gateway: Gateway;
}

function assemble(
  { config, log, signal, env }: EarlyContext,
  options: UpdaterOptions,
  { installation, gateway }: Opened,
): { readonly parts: ControlParts; readonly switcher: Switcher } {
  const supervisor = createSupervisor({ log, signal, env }, options, gateway);
  const components = () => routeOf(config.current, options).components;
  const switcher = new Switcher({
    installation,
    gateway,
    supervisor,
    log,
    signal,
    options: {
      drainMs: options.switch.drain,
      settleMs,
      reload: (app, stop) => reloadApplication(components(), app, stop),
    },
  });
  const updater = new Updater({
    installation,
    switcher,
    git: createGit(),
    source: () => sourceOf(config.current, options),
    components: () =>
      components().map(({ name, restart, reload }) => ({ name, restart, reload: reload !== undefined })),
    way: options.switch.way,
    skipComponents: async () => (await readPreferences(machineFileSystem, options.root)).skipComponents,
    descendantsOnly: routeOf(config.current, options).source.descendantsOnly,
    log,
    signal,
  });
  const place = { route: options.route, instance: options.instance };
  const link = new BusLink(place, updater, log);
  const names = () => components().map(({ name }) => name);
  const runtime = options.runtime ?? Number(env["RUNTIME_VERSION"] ?? 0);
  const parts = { place, runtime, installation, supervisor, updater, link, components: names, changed: link.changed };
  return { parts, switcher };
}

function createSupervisor(
  { log, signal, env }: Pick<EarlyContext, "log" | "signal" | "env">,
  { supervise }: UpdaterOptions,
  gateway: Gateway,
): Supervisor | undefined {
  if (supervise === undefined) return undefined;
  const { command, port, health, webSocket, stopTimeout } = supervise;
  const check = { path: health.path, timeoutMs: health.timeout, graceMs: health.grace, websocket: webSocket };
  return new Supervisor(
    { command, port, health: check, stopMs: stopTimeout, env: withoutOwnSecrets(env) },
    { gateway, log, signal, onCrashLoop: (tail) => log.fatal({ tail }, "the application ends again and again") },
  );
}

/** What the updater signs in with is none of the application's business (I9). */
function withoutOwnSecrets(env: EarlyContext["env"]): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(GITHUB_(TOKEN|APP_)|NATS_|LOCKSTEP_|WEBHOOK_SECRET)/.test(name)),
  );
}

function routeOf({ routes }: Config, { route }: UpdaterOptions): DeploymentRoute {
  const found = routes.get(route);
  if (found?.kind === "deployment") return found;
  throw new PermanentError("UPDATER_ROUTE_MISSING", `there is no deployment route ${route}`, {
    hint: "updater.route names the deployment route that this installation follows",
  });
}

function sourceOf(config: Config, options: UpdaterOptions): ReleaseSource {
  const { url, branch, token } = routeOf(config, options).source;
  const credentials =
    token === undefined ? gitHubCredentials(config.github) : tokenCredentials(new URL(url).origin, token);
  return { url, branch, credentials };
}

async function follow({ bus, holder, log, signal }: ServiceContext, parts: ControlParts, options: UpdaterOptions) {
  const mine = `${hostname()}:${options.root}`.slice(0, 120);
  const inventory = new Inventory(bus, {
    place: parts.place,
    holder: `${mine} ${holder}`.slice(0, 200),
    draft: () => draftInventory(parts),
  });
  await inventory.claim(mine, signal);
  parts.link.onChange(() => {
    inventory.write().catch((error: unknown) => log.warn({ error }, "the inventory could not be written"));
  });
  await Promise.all([inventory.keep(signal, log), parts.link.follow(bus, signal)]);
}
