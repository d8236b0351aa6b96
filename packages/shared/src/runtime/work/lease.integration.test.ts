import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startBus, type BusWorld } from "../../testing/start-bus.ts";
import type { Bucket } from "../bus/bucket.ts";
import { takeLease, type Lease } from "./lease.ts";

let world: BusWorld;
let leases: Bucket;

beforeAll(async () => {
  world = await startBus();
  leases = world.bus.bucket("leases");
});
afterAll(() => world[Symbol.asyncDispose]());

async function take(key: string, ttlMs = 1000): Promise<Lease> {
  const lease = await takeLease(leases, key, { ttlMs, holder: "me" });
  if (lease === undefined) throw new Error(`${key} is taken`);
  return lease;
}

test.concurrent("one holds it, the others do not get it, and it says who holds it (I1)", async () => {
  const tries = Array.from({ length: 10 }, () => takeLease(leases, "one", { ttlMs: 5000, holder: "me" }));

  const taken = (await Promise.all(tries)).filter((lease) => lease !== undefined);

  expect(taken).toHaveLength(1);
  expect(taken[0]?.isHeld()).toBe(true);
  expect(await leases.read("one")).toMatchObject({ value: "me" });
  await taken[0]?.release();
});

test.concurrent("a lease that is released can be taken at once", async () => {
  for (let round = 0; round < 5; round += 1) {
    const lease = await take("again");
    await lease.release();
  }
  expect(await leases.read("again")).toBeUndefined();
});

test.concurrent("a lease is renewed for as long as it is held", async () => {
  const lease = await take("kept");
  await leases.write("clock", "1", { ttlMs: 1000 });

  await vi.waitUntil(async () => (await leases.read("clock")) === undefined, { timeout: 5000 });

  expect(lease.isHeld()).toBe(true);
  expect(await takeLease(leases, "kept", { ttlMs: 1000, holder: "other" })).toBeUndefined();
  await lease.release();
});

test.concurrent("a lease that somebody else has written is lost: whoever acts under it is told", async () => {
  const lease = await take("stolen");
  await leases.write("stolen", "thief");

  await vi.waitUntil(() => lease.signal.aborted, { timeout: 5000 });

  expect(lease.isHeld()).toBe(false);
  await lease.release();
  expect(await leases.read("stolen")).toMatchObject({ value: "thief" });
});

test.concurrent("a lease that ran out is lost before the server gives it to another, and its release leaves the other's alone", async () => {
  await using own = await startBus();
  const bucket = own.bus.bucket("leases");
  const lease = await takeLease(bucket, "cut-off", { ttlMs: 1000, holder: "me" });
  own.server.freeze();

  await vi.waitUntil(() => lease?.signal.aborted === true, { timeout: 5000, interval: 10 });

  expect(lease?.isHeld()).toBe(false);
  own.server.thaw();
  const next = await vi.waitUntil(() => takeLease(bucket, "cut-off", { ttlMs: 1000, holder: "next" }), {
    timeout: 10_000,
  });
  await lease?.release();
  expect(await bucket.read("cut-off")).toMatchObject({ value: "next" });
  await next.release();
});

test("a process that was frozen past the deadline does not hold it, even before any timer has fired", async () => {
  const lease = await take("frozen");
  const until = performance.now() + 850;
  while (performance.now() < until);

  expect(lease.isHeld()).toBe(false);
  await lease.release();
});
