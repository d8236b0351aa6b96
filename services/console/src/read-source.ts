import { SourceState } from "@lockstep/shared/contracts";
import { readJson, type Bus } from "@lockstep/shared/runtime";
import type { SourceStatus } from "./status.ts";

/** How the source of a route is doing, from what its watcher stores. */
export async function readSource(bus: Bus, route: string): Promise<SourceStatus> {
  const { value } = await readJson(bus.bucket("state"), `watcher.${route}`, SourceState);
  if (value === undefined || (value.lastPollAtMs === undefined && value.failing === undefined))
    return { state: "unknown" };
  const { failing, lastPollAtMs, nextPollAtMs } = value;
  return {
    state: failing === undefined ? "ok" : failing.suspended ? "suspended" : "failing",
    ...(lastPollAtMs === undefined ? {} : { lastPollAt: new Date(lastPollAtMs).toISOString() }),
    nextPollAt: new Date(nextPollAtMs).toISOString(),
    ...(failing === undefined
      ? {}
      : { failure: { code: failing.code, message: failing.message, count: failing.count } }),
  };
}
