import { expect, test, vi } from "vitest";
import type { ChangeDetected } from "../../contracts/change-detected.ts";
import { change, changeQueue, outcomeSubject, reportOf } from "../../testing/change-queue.ts";
import { memoryLog } from "../../testing/memory-log.ts";
import { startBus } from "../../testing/start-bus.ts";
import { PermanentError, TransientError } from "../errors.ts";
import type { Bus } from "../bus/bus.ts";
import type { WorkHandler } from "./handler.ts";
import type { Lease } from "./lease.ts";
import { usualLimits } from "./queue.ts";
import { runKey } from "./run-key.ts";

/** A lease that is lost when the test says so. */
function frailLease(): Lease & { readonly lose: () => void } {
  const lost = new AbortController();
  return {
    key: "comparator.text",
    signal: lost.signal,
    isHeld: () => !lost.signal.aborted,
    release: () => Promise.resolve(),
    lose: () => lost.abort(new Error("the lease ran out")),
  };
}

const subject = "work.comparator.catalog.text";

async function runUnder(lease: Lease, bus: Bus, handle: WorkHandler<ChangeDetected>) {
  await bus.publish(change("text", 1));
  await vi.waitUntil(async () => (await bus.last("WORK_COMPARATOR", subject)) !== undefined);
  const around = { bus, log: memoryLog().log, holder: "test", limits: usualLimits };
  return runKey({ ...around, queue: changeQueue(handle), lease, signal: lease.signal, subject });
}

/** What a run leaves behind. */
async function traces(bus: Bus) {
  const [outcome, state, attempts, dead] = await Promise.all([
    bus.last("EVENTS", outcomeSubject("text")),
    bus.bucket("state").read("comparator.text"),
    bus.bucket("attempts").read("comparator.text"),
    bus.last("DEAD", ">"),
  ]);
  return { outcome, state, attempts, dead };
}

const nothing = { outcome: undefined, state: undefined, attempts: undefined, dead: undefined };
const again = { kind: "again", delayMs: 50 };

test.concurrent("a lease that ran out while the server was slow to answer begins no run (I1)", async () => {
  await using world = await startBus();
  const lease = frailLease();
  const handle = () => Promise.reject(new Error("never called"));
  const slow: Bus = { ...world.bus, last: (...place) => world.bus.last(...place).finally(lease.lose) };

  expect(await runUnder(lease, slow, handle)).toEqual(again);
  expect(await traces(world.bus)).toEqual(nothing);
});

test.concurrent("a run whose lease was lost reports nothing", async () => {
  await using world = await startBus();
  const lease = frailLease();

  const outcome = await runUnder(lease, world.bus, (event, context) => {
    lease.lose();
    expect(context.signal.aborted).toBe(true);
    return Promise.resolve(reportOf(event, context));
  });

  expect(outcome).toEqual(again);
  expect(await traces(world.bus)).toEqual(nothing);
});

test.concurrent.each([new TransientError("X_DOWN", "x"), new PermanentError("X_GONE", "x"), new TypeError("x")])(
  "a run that failed with its lease lost is neither counted nor buried: %s",
  async (error) => {
    await using world = await startBus();
    const lease = frailLease();

    const outcome = await runUnder(lease, world.bus, () => {
      lease.lose();
      return Promise.reject(error);
    });

    expect(outcome).toEqual(again);
    expect(await traces(world.bus)).toEqual(nothing);
  },
);
