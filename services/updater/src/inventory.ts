import { InstanceInventory, instanceKey } from "@lockstep/shared/contracts";
import { PermanentError, readJson, type Bus, type Log } from "@lockstep/shared/runtime";
import { setTimeout as pause } from "node:timers/promises";
import type { z } from "zod";
import type { Place } from "./bus-link.ts";

const beatMs = 20_000;
const ttlMs = 90_000;

export type InventoryDraft = Omit<z.input<typeof InstanceInventory>, "route" | "instance" | "holder" | "heartbeatAt">;

/** Keeps the installation's entry in the bucket `instances` until the signal fires. */
export class Inventory {
  readonly #bus: Bus;
  readonly #place: Place;
  readonly #holder: string;
  readonly #draft: () => Promise<InventoryDraft>;

  constructor(
    bus: Bus,
    { place, holder, draft }: { place: Place; holder: string; draft: () => Promise<InventoryDraft> },
  ) {
    this.#bus = bus;
    this.#place = place;
    this.#holder = holder;
    this.#draft = draft;
  }

  /** Says it now. */
  async write(): Promise<void> {
    const { route, instance } = this.#place;
    const entry = InstanceInventory.parse({
      ...(await this.#draft()),
      route,
      instance,
      holder: this.#holder,
      heartbeatAt: new Date().toISOString(),
    });
    await this.#bus.bucket("instances").write(instanceKey(route, instance), JSON.stringify(entry), { ttlMs });
  }

  /**
   * Takes the id: an entry that somebody else keeps alive is refused with `INSTANCE_ID_TAKEN`, after one heartbeat of
   * watching it. What this very installation left is taken over at once.
   */
  async claim(mine: string, signal: AbortSignal): Promise<void> {
    const first = await this.#read();
    if (first !== undefined && !first.holder.startsWith(mine)) {
      await pause(beatMs * 1.5, undefined, { signal });
      const second = await this.#read();
      if (second !== undefined && second.heartbeatAt !== first.heartbeatAt)
        throw new PermanentError(
          "INSTANCE_ID_TAKEN",
          `another live installation is ${instanceKey(this.#place.route, this.#place.instance)}`,
          {
            hint: "give each installation an id of its own: updater.instance",
          },
        );
    }
    await this.write();
  }

  /** Writes again and again; a write that fails is made good by the next. */
  async keep(signal: AbortSignal, log: Log): Promise<void> {
    while (!signal.aborted) {
      await pause(beatMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await this.write().catch((error: unknown) => log.warn({ error }, "the inventory could not be written"));
    }
  }

  async #read(): Promise<InstanceInventory | undefined> {
    const { route, instance } = this.#place;
    return (await readJson(this.#bus.bucket("instances"), instanceKey(route, instance), InstanceInventory)).value;
  }
}
