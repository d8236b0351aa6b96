import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectRaw, type RawConnection } from "../../testing/raw-connection.ts";
import { startBus, type BusWorld } from "../../testing/start-bus.ts";
import type { Bus } from "./bus.ts";

let world: BusWorld;
let raw: RawConnection;
const { signal } = new AbortController();

beforeAll(async () => {
  world = await startBus();
  raw = await connectRaw(world.server.url);
});
afterAll(async () => {
  await raw[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

async function textOf(bus: Bus, name: string): Promise<string> {
  return new TextDecoder().decode(await bus.content.get(name, signal));
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Subjects of an object's chunks. */
async function chunksOf(count: number): Promise<string[]> {
  const info = await raw.jsm.streams.info("OBJ_content", { subjects_filter: "$O.content.C.>" });
  return Object.keys(info.state.subjects ?? {}).slice(-count);
}

test("content is kept under its hash, and can be read by anyone", async () => {
  const bytes = bytesOf("some content");
  const other = await world.connect();

  const name = await world.bus.content.put(bytes);

  expect(name).toBe(createHash("sha256").update(bytes).digest("hex"));
  expect(await textOf(other, name)).toBe("some content");
});

test("content that is put again is not stored again, even by several at once", async () => {
  const bytes = bytesOf("twice");
  const name = await world.bus.content.put(bytes);
  const before = (await raw.jsm.streams.info("OBJ_content")).state.last_seq;

  const names = await Promise.all([world.bus.content.put(bytes), world.bus.content.put(bytes)]);

  expect(names).toEqual([name, name]);
  expect((await raw.jsm.streams.info("OBJ_content")).state.last_seq).toBe(before);
});

test.each([0, 1, 131_072, 300_000, 3_000_000])("content of %i bytes comes back whole", async (length) => {
  const bytes = new Uint8Array(length).map((_, index) => index % 251);
  const name = await world.bus.content.put(bytes);

  const read = await world.bus.content.get(name, signal);

  expect(read === undefined ? undefined : createHash("sha256").update(read).digest("hex")).toBe(name);
  expect(read).toHaveLength(length);
});

test("content that was never there or is gone is undefined", async () => {
  const name = await world.bus.content.put(bytesOf("to be purged"));
  await raw.jsm.streams.purge("OBJ_content");

  expect(await world.bus.content.get(name, signal)).toBeUndefined();
  expect(await world.bus.content.get("0".repeat(64), signal)).toBeUndefined();
});

test("content that is corrupted is as good as gone, and is whole again when it is put again", async () => {
  const bytes = bytesOf("to be corrupted");
  await raw.jsm.streams.purge("OBJ_content");
  const name = await world.bus.content.put(bytes);
  const [chunk = ""] = await chunksOf(1);
  await raw.jsm.streams.purge("OBJ_content", { filter: chunk });
  await raw.jsm.jetstream().publish(chunk, "something else!");

  expect(await world.bus.content.get(name, signal)).toBeUndefined();
  await world.bus.content.put(bytes);
  expect(await textOf(world.bus, name)).toBe("to be corrupted");
});

test("content whose parts are missing is as good as gone, and nobody waits for them", async () => {
  await raw.jsm.streams.purge("OBJ_content");
  const name = await world.bus.content.put(new Uint8Array(300_000));
  const [chunk = ""] = await chunksOf(1);
  await raw.jsm.streams.purge("OBJ_content", { filter: chunk });

  expect(await world.bus.content.get(name, signal)).toBeUndefined();
  await world.bus.content.put(new Uint8Array(300_000));
  expect(await world.bus.content.get(name, signal)).toHaveLength(300_000);
});

test("whoever reads can give up", async () => {
  const name = await world.bus.content.put(bytesOf("read me"));

  await expect(world.bus.content.get(name, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
});
