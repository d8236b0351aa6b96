import { expect, test, vi } from "vitest";
import { change } from "../../testing/change-queue.ts";
import { connectTo, startBus } from "../../testing/start-bus.ts";
import { startTcpProxy } from "../../testing/tcp-proxy.ts";
import { ConflictError } from "./bus-error.ts";

const subject = "lockstep.change-detected.catalog.text";

test.concurrent("an event is stored with its headers, and the same id a second time is the same event (I3)", async () => {
  await using world = await startBus();
  const { bus } = world;
  const trace = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };

  const first = await bus.publish(change("text", 1), { trace });
  const second = await bus.publish(change("text", 1));

  expect(first).toEqual({ seq: 1, duplicate: false });
  expect(second).toEqual({ seq: 1, duplicate: true });
  expect(await bus.at("EVENTS", 1)).toMatchObject({
    subject,
    seq: 1,
    type: "lockstep.change-detected.v1",
    id: "change:text:poll:1",
    trace: { traceparent: expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)/) },
    sourceSeq: undefined,
  });
  expect(await bus.at("EVENTS", 2)).toBeUndefined();
  expect(await bus.subjects("EVENTS", "lockstep.>")).toEqual([{ subject, messages: 1 }]);
});

test.concurrent("an event that expects what is not there is refused", async () => {
  await using world = await startBus();
  const { bus } = world;
  await bus.publish(change("text", 1), { expectLast: 0 });

  await expect(bus.publish(change("text", 2), { expectLast: 0 })).rejects.toThrow(ConflictError);
  await bus.publish(change("text", 2), { expectLast: 1 });
  expect(await bus.last("EVENTS", subject)).toMatchObject({ seq: 2, id: "change:text:poll:2" });
});

test.concurrent("an event published while the server is down is stored when it is back, once", async () => {
  await using world = await startBus();
  const { bus, server } = world;
  await bus.publish(change("text", 1));
  await server.kill();
  await vi.waitUntil(() => !bus.isUp());

  const published = Promise.all([2, 3, 4].map((ordinal) => bus.publish(change("text", ordinal))));
  await server.restart();

  expect(new Set((await published).map(({ seq }) => seq))).toEqual(new Set([2, 3, 4]));
  expect(bus.isUp()).toBe(true);
  expect(await bus.subjects("EVENTS", subject)).toEqual([{ subject, messages: 4 }]);
});

test.concurrent("an event whose answer was lost is recognised by its id, not refused as a conflict", async () => {
  await using world = await startBus();
  await using proxy = await startTcpProxy(world.server.url);
  await using remote = await connectTo(proxy.url);
  await remote.publish(change("text", 1), { expectLast: 0 });

  proxy.loseAnswers();
  const published = remote.publish(change("text", 2), { expectLast: 1 });
  await vi.waitUntil(async () => (await world.bus.last("EVENTS", subject))?.seq === 2);
  proxy.breakConnections();

  expect(await published).toEqual({ seq: 2, duplicate: true });
  expect(await world.bus.subjects("EVENTS", subject)).toEqual([{ subject, messages: 2 }]);
});

test.concurrent("an event whose answer was lost and that was overtaken is a conflict", async () => {
  await using world = await startBus();
  await using proxy = await startTcpProxy(world.server.url);
  await using remote = await connectTo(proxy.url);

  proxy.loseAnswers();
  const published = remote.publish(change("text", 1), { expectLast: 0 });
  await vi.waitUntil(async () => (await world.bus.last("EVENTS", subject))?.seq === 1);
  await world.bus.publish(change("text", 2), { expectLast: 1 });
  proxy.breakConnections();

  await expect(published).rejects.toThrow(ConflictError);
});

test.concurrent("whoever publishes while the server is down can give up", async () => {
  await using world = await startBus();
  await world.server.kill();
  const enough = new AbortController();

  const published = world.bus.publish(change("text", 1), { signal: enough.signal });
  enough.abort(new Error("enough"));

  await expect(published).rejects.toThrow("enough");
});

test.concurrent("an event that is too large is refused at once and for good, not tried again", async () => {
  await using world = await startBus();
  const { bus } = world;
  const large = { ...change("text", 1), data: { text: "x".repeat(256 * 1024) } };
  const largeWithHeaders = { ...change("text", 1), data: { text: "x".repeat(256 * 1024 - 12) } };

  await expect(bus.publish(large)).rejects.toMatchObject({ name: "PermanentError", code: "BUS_TOO_LARGE" });
  await expect(bus.publish(largeWithHeaders)).rejects.toMatchObject({ name: "PermanentError", code: "BUS_TOO_LARGE" });
});

test.concurrent("a tail tells everything from a sequence on, what comes later too, until its signal fires", async () => {
  await using world = await startBus();
  const { bus } = world;
  for (const ordinal of [1, 2, 3]) await bus.publish(change("text", ordinal));
  await bus.publish(change("other", 1));
  const enough = new AbortController();
  const seen: number[] = [];

  const tailing = (async () => {
    for await (const { seq } of bus.tail("EVENTS", { subjects: [subject], from: 2, signal: enough.signal }))
      seen.push(seq);
  })();
  await vi.waitUntil(() => seen.length === 2);
  await bus.publish(change("text", 4));
  await vi.waitUntil(() => seen.length === 3);
  enough.abort();
  await tailing;

  expect(seen).toEqual([2, 3, 5]);
  const over = bus.tail("EVENTS", { subjects: [subject], from: 1, signal: enough.signal });
  expect(await Array.fromAsync(over)).toEqual([]);
});
