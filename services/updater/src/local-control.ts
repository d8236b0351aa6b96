import type { Control, SystemState } from "./admin/control.ts";
import type { BusLink, Place } from "./bus-link.ts";
import type { InventoryDraft } from "./inventory.ts";
import { machineFileSystem } from "./store/file-system.ts";
import type { Installation } from "./store/installation.ts";
import type { Supervisor } from "./switch/supervisor.ts";
import { readPreferences, savePreferences } from "./update/preferences.ts";
import type { Updater } from "./update/updater.ts";
import { ComponentName, DiffId, InstalledComponent, ObjectId } from "@lockstep/shared/contracts";

interface Parts {
  readonly place: Place;
  readonly runtime: number;
  readonly installation: Installation;
  readonly supervisor: Supervisor | undefined;
  readonly updater: Updater;
  readonly link: BusLink;
  /** The names that the route configures. */
  readonly components: () => readonly string[];
  /** Called after whatever may have changed the inventory. */
  readonly changed: () => void;
}

const waitLimitMs = 10 * 60_000;

/** What the administration asks, answered by this installation. */
export function localControl(parts: Parts): Control {
  const { installation, updater, link, changed } = parts;
  const limited = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(waitLimitMs)]);
  return {
    state: () => describeSystem(parts),
    check: (signal) => link.ask({}, "checked by hand", limited(signal)),
    update: (options, signal) => link.ask(options, "updated by hand", limited(signal)),
    async rollBack() {
      const outcome = await updater.rollBack();
      changed();
      return outcome;
    },
    preferences: () => readPreferences(machineFileSystem, installation.root),
    async savePreferences(preferences) {
      await savePreferences(machineFileSystem, installation.root, preferences);
      changed();
    },
    onProgress: (listener) => updater.onProgress(listener),
  };
}

async function describeSystem(parts: Parts): Promise<SystemState> {
  const { place, runtime, installation, supervisor, updater, link } = parts;
  const current = await installation.current();
  const { skipComponents } = await readPreferences(machineFileSystem, installation.root);
  const changes = new Map((link.diff?.components ?? []).map((change) => [String(change.name), change]));
  const installed = current?.components ?? {};
  const names = new Set([...parts.components(), ...changes.keys(), ...Object.keys(installed)]);
  const blocked = link.diff?.blocked;
  return {
    ...place,
    runtime,
    release: current?.release ?? null,
    commit: current?.commit ?? null,
    components: [...names].sort().map((name) => {
      const [change, here] = [changes.get(name), installed[name]];
      const isThere = here !== undefined && change?.object?.id === here.hash && change.to === here.version;
      return {
        name,
        local: here?.version ?? null,
        remote: change?.to ?? null,
        state: isThere ? "current" : (change?.state ?? "unknown"),
        skipped: skipComponents.includes(name),
      };
    }),
    blocked:
      blocked === undefined
        ? null
        : {
            message: blocked.message,
            remote_min_runtime: blocked.remoteMinRuntime,
            local_runtime: blocked.localRuntime,
          },
    held: [...installation.state.held.values()],
    terminal: installation.state.terminal ?? null,
    updating: updater.isBusy,
    health: supervisor?.health ?? "unsupervised",
    connected: link.isUp,
  };
}

/** The same for the fleet. */
export async function draftInventory({ runtime, installation, supervisor }: Parts): Promise<InventoryDraft> {
  const current = await installation.current();
  const { skipComponents } = await readPreferences(machineFileSystem, installation.root);
  const components = Object.entries(current?.components ?? {}).flatMap(([name, { version, mode, hash }]) => {
    const component = InstalledComponent.safeParse({ version, object: { mode, id: hash } });
    return component.success ? [[name, component.data] as const] : [];
  });
  return {
    runtime,
    components: Object.fromEntries(components) as InventoryDraft["components"],
    skipComponents: skipComponents.filter((name) => ComponentName.safeParse(name).success),
    release:
      current === undefined
        ? null
        : {
            number: current.release,
            commit: ObjectId.safeParse(current.commit).data ?? null,
            diffId: DiffId.safeParse(current.diff_id).data ?? null,
            since: current.since,
          },
    health: supervisor?.health ?? "unsupervised",
  };
}

export type { Parts as ControlParts };
