import { setTimeout as pause } from "node:timers/promises";
import { TransientError } from "../runtime/errors.ts";
import type { RunMessage } from "./chaos-judge.ts";
import { changeQueue, reportOf } from "./change-queue.ts";
import { connectTo } from "./start-bus.ts";
import { startWork } from "./start-work.ts";

/** A replica for the chaos test: it reads a place of the sink, works a while, and writes there if nobody else has. */
const sink = process.env["TEST_SINK_URL"] ?? "";
const bus = await connectTo(process.env["TEST_NATS_URL"] ?? "");
let count = 0;

async function tell(message: RunMessage): Promise<{ version?: number; isAccepted?: boolean }> {
  const response = await fetch(sink, { method: "POST", body: JSON.stringify(message) });
  return (await response.json()) as { version?: number; isAccepted?: boolean };
}

const queue = changeQueue(async (event, context) => {
  count += 1;
  const run = { key: event.route, run: `${process.pid}/${count}`, pid: process.pid, seq: context.seq, seen: 0 };
  const { version = 0 } = await tell({ ...run, what: "begin" });
  try {
    await pause(5 + Math.random() * 60, undefined, { signal: context.signal });
  } catch (error) {
    await tell({ ...run, what: "abandon" });
    throw error;
  }
  const { isAccepted } = await tell({ ...run, what: "commit", seen: version });
  if (isAccepted !== true) throw new TransientError("SINK_STALE", "somebody else wrote there", { retryAfterMs: 10 });
  return reportOf(event, context);
});
const limits = { leaseTtlMs: Number(process.env["TEST_LEASE_MS"]), concurrency: 6 };
await startWork(queue, { bus, limits }).ended;
