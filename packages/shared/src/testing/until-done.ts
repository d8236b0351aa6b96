import { vi } from "vitest";
import type { Bus } from "../runtime/bus/bus.ts";
import { readJson } from "../runtime/bus/read-json.ts";
import { watermarkSchema } from "../runtime/work/progress.ts";

/** The EVENTS sequence up to which a route is carried out; 0 for none. */
export async function watermarkOf(bus: Bus, route: string): Promise<number> {
  const { value } = await readJson(bus.bucket("state"), `comparator.${route}`, watermarkSchema);
  return value?.created === (await bus.eventsCreated()) ? value.seq : 0;
}

/** Waits until a change of a route is carried out, and nothing of the route waits on the queue. */
export async function untilDone(bus: Bus, route: string, seq: number): Promise<void> {
  const waiting = () => bus.last("WORK_COMPARATOR", `work.comparator.catalog.${route}`);
  const isDone = async () => (await watermarkOf(bus, route)) >= seq && (await waiting()) === undefined;
  await vi.waitUntil(isDone, { timeout: 10_000, interval: 10 });
}
