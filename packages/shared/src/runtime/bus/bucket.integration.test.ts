import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startBus, type BusWorld } from "../../testing/start-bus.ts";
import type { Bucket } from "./bucket.ts";
import { ConflictError } from "./bus-error.ts";

let world: BusWorld;
let leases: Bucket;
let state: Bucket;

beforeAll(async () => {
  world = await startBus();
  leases = world.bus.bucket("leases");
  state = world.bus.bucket("state");
});
afterAll(() => world[Symbol.asyncDispose]());

const isGone = async (key: string) => (await leases.read(key)) === undefined;

describe("a write", () => {
  test.concurrent("can be read, and its revision grows with every write of the bucket", async () => {
    const first = await state.write("a.one", "1");
    const second = await state.write("a.two", "2");

    expect(second).toBeGreaterThan(first);
    expect(await state.read("a.one")).toEqual({ value: "1", revision: first });
    expect(await state.read("a.three")).toBeUndefined();
  });

  test.concurrent("of a key that must not exist is refused if it does", async () => {
    await state.write("b", "1", { expect: 0 });

    await expect(state.write("b", "2", { expect: 0 })).rejects.toThrow(ConflictError);
    expect(await state.read("b")).toMatchObject({ value: "1" });
  });

  test.concurrent("with the revision that was read replaces it, with an older one it is refused", async () => {
    const first = await state.write("c", "1");
    const second = await state.write("c", "2", { expect: first });

    await expect(state.write("c", "3", { expect: first })).rejects.toThrow(ConflictError);
    expect(await state.read("c")).toEqual({ value: "2", revision: second });
  });

  test.concurrent("of one of many that create the same key at the same time wins", async () => {
    const tries = Array.from({ length: 20 }, (_, index) =>
      leases.write("race", `${index}`, { expect: 0, ttlMs: 60_000 }),
    );

    const results = await Promise.allSettled(tries);

    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(
      results.filter((result) => result.status === "rejected" && result.reason instanceof ConflictError),
    ).toHaveLength(19);
  });
});

describe("a removed key", () => {
  test.concurrent("is gone, and can be created again, by one of many only", async () => {
    const revision = await state.write("d", "1");
    await state.remove("d", revision);
    expect(await state.read("d")).toBeUndefined();

    const results = await Promise.allSettled(["x", "y", "z"].map((value) => state.write("d", value, { expect: 0 })));

    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await state.read("d")).toMatchObject({ value: expect.stringMatching(/^[xyz]$/) });
  });

  test.concurrent("is not removed by one who has not seen its value", async () => {
    const first = await state.write("e", "1");
    await state.write("e", "2");

    await expect(state.remove("e", first)).rejects.toThrow(ConflictError);
    expect(await state.read("e")).toMatchObject({ value: "2" });
  });

  test.concurrent("cannot be written by one who saw it before", async () => {
    const revision = await state.write("f", "1");
    await state.remove("f");

    await expect(state.write("f", "2", { expect: revision })).rejects.toThrow(ConflictError);
  });

  test.concurrent("is soon not listed any more", async () => {
    await state.write("g.one", "1");
    await state.write("g.two.deep", "2");
    await state.write("h.three", "3");
    expect((await state.keys("g.>")).toSorted()).toEqual(["g.one", "g.two.deep"]);
    expect(await state.keys("g.*")).toEqual(["g.one"]);

    await state.remove("g.one");

    await vi.waitUntil(async () => (await state.keys("g.>")).length === 1, { timeout: 5000 });
    expect(await state.keys("nothing.>")).toEqual([]);
  });
});

describe("a key with a time to live", () => {
  test.concurrent("vanishes by itself, and can be created again", async () => {
    const writing = performance.now();
    await leases.write("ttl-a", "1", { expect: 0, ttlMs: 1000 });
    expect(await isGone("ttl-a")).toBe(false);

    await vi.waitUntil(() => isGone("ttl-a"), { timeout: 5000, interval: 20 });
    expect(performance.now() - writing).toBeGreaterThan(990);
    await leases.write("ttl-a", "2", { expect: 0, ttlMs: 1000 });
  });

  test.concurrent("that is written again with one lives that much longer, and still ends (spec: bus, trap 1)", async () => {
    let revision = await leases.write("ttl-b", "1", { expect: 0, ttlMs: 1000 });
    const begun = performance.now();
    await leases.write("ttl-clock", "1", { ttlMs: 1000 });
    // Renewed until a key that was written at the same time has ended: only renewal can have kept this one.
    await vi.waitUntil(
      async () => {
        revision = await leases.write("ttl-b", "1", { expect: revision, ttlMs: 1000 });
        return isGone("ttl-clock");
      },
      { timeout: 5000, interval: 100 },
    );
    expect(performance.now() - begun).toBeGreaterThan(990);
    expect(await isGone("ttl-b")).toBe(false);

    await vi.waitUntil(() => isGone("ttl-b"), { timeout: 5000, interval: 20 });
    await expect(leases.write("ttl-b", "2", { expect: revision })).rejects.toThrow(ConflictError);
  });
});
