import { expect, test, vi } from "vitest";
import { change, changeQueue, outcomeSubject, reportOf } from "../../testing/change-queue.ts";
import { deadLettersOf } from "../../testing/dead-letters.ts";
import { memoryLog } from "../../testing/memory-log.ts";
import { connectRaw } from "../../testing/raw-connection.ts";
import { startBus } from "../../testing/start-bus.ts";
import { startWork } from "../../testing/start-work.ts";
import { untilDone, watermarkOf } from "../../testing/until-done.ts";

test.concurrent("a result for later reports and remembers now, keeps the watermark, and the same event comes again", async () => {
  await using world = await startBus();
  const { bus } = world;
  const begun = Date.now();
  const seen: { record: unknown; attempt: number; watermark: number }[] = [];
  const queue = changeQueue(async (event, context) => {
    const { record, attempt } = context;
    seen.push({ record, attempt, watermark: await watermarkOf(bus, "text") });
    const result = reportOf(event, context);
    return seen.length === 1 ? { ...result, record: { held: true }, laterMs: begun + 600 } : result;
  });
  await using _replica = startWork(queue, { bus });

  const { seq } = await bus.publish(change("text", 1));
  await vi.waitUntil(async () => (await bus.last("EVENTS", outcomeSubject("text"))) !== undefined);
  await untilDone(bus, "text", seq);

  expect(Date.now() - begun).toBeGreaterThanOrEqual(600);
  expect(seen).toEqual([
    { record: undefined, attempt: 1, watermark: 0 },
    { record: { held: true }, attempt: 1, watermark: 0 },
  ]);
  expect(await bus.subjects("EVENTS", outcomeSubject("text"))).toMatchObject([{ messages: 1 }]);
});

test.concurrent("requests are read oldest first, and those that were used are gone after the watermark", async () => {
  await using world = await startBus();
  const { bus } = world;
  const requests = bus.bucket("requests");
  const ask = (key: string, requestId: string) =>
    requests.write(
      key,
      JSON.stringify({ requestId, options: { recreate: true }, requestedAt: "2026-01-01T00:00:00Z" }),
    );
  await ask("text.20", "second");
  await ask("text.7", "first");
  await ask("text.30", "unused");
  await ask("textual.1", "another route's");
  await requests.write("text.8", "not JSON");
  const seen: unknown[] = [];
  const queue = changeQueue((event, context) => {
    seen.push(context.requests.map(({ seq, requestId }) => `${seq} ${requestId}`));
    return Promise.resolve({ ...reportOf(event, context), usedRequests: [7, 20] });
  });
  await using _replica = startWork(queue, { bus });

  for (const ordinal of [1, 2]) {
    const { seq } = await bus.publish(change("text", ordinal));
    await untilDone(bus, "text", seq);
  }

  expect(seen).toEqual([["7 first", "20 second", "30 unused"], ["30 unused"]]);
  expect(await requests.read("text.7")).toBeUndefined();
  expect(await requests.read("textual.1")).toBeDefined();
});

test.concurrent("several outcomes are published in their order, each on what was there before", async () => {
  await using world = await startBus();
  const { bus } = world;
  const queue = changeQueue((event, context) => {
    const { events } = reportOf(event, context);
    return Promise.resolve({
      events: ["a", "b", "c"].flatMap((id) => events.map((one) => ({ ...one, id: `${one.id}:${id}` }))),
    });
  });
  await using _replica = startWork(queue, { bus });

  for (const ordinal of [1, 2]) {
    const { seq } = await bus.publish(change("text", ordinal));
    await untilDone(bus, "text", seq);
  }

  const { seq: last = 0 } = (await bus.last("EVENTS", outcomeSubject("text"))) ?? {};
  const ids = await Promise.all([2, 1, 0].map(async (back) => (await bus.at("EVENTS", last - back))?.id.at(-1)));
  expect(ids).toEqual(["a", "b", "c"]);
  expect(await bus.subjects("EVENTS", outcomeSubject("text"))).toMatchObject([{ messages: 6 }]);
});

test.concurrent("an outcome that somebody else reported meanwhile is looked at again, not overwritten", async () => {
  await using world = await startBus();
  const { bus } = world;
  let runs = 0;
  const queue = changeQueue(async (event, context) => {
    runs += 1;
    const [outcome] = reportOf(event, context).events;
    if (runs === 1 && outcome !== undefined) await bus.publish({ ...outcome, id: "from-another-holder" });
    return reportOf(event, context);
  });
  await using _replica = startWork(queue, { bus });

  const { seq } = await bus.publish(change("text", 1));
  await untilDone(bus, "text", seq);

  expect(runs).toBe(2);
  expect(await bus.subjects("EVENTS", outcomeSubject("text"))).toMatchObject([{ messages: 2 }]);
});

test.concurrent("an event from the future waits for a newer version, and its neighbours go on", async () => {
  await using world = await startBus();
  const { bus } = world;
  const { log, lines } = memoryLog();
  const ran: string[] = [];
  const queue = changeQueue((event, context) => {
    ran.push(event.route);
    return Promise.resolve(reportOf(event, context));
  });
  await using _replica = startWork(queue, { bus, log });

  await bus.publish({ ...change("future", 1), type: "lockstep.change-detected.v2" });
  const { seq } = await bus.publish(change("text", 1));
  await untilDone(bus, "text", seq);
  await vi.waitUntil(() => lines.some(({ msg }) => msg === "event from the future waits for a newer version"));

  expect(ran).toEqual(["text"]);
  expect(await bus.last("WORK_COMPARATOR", "work.comparator.catalog.future")).toBeDefined();
  expect(await deadLettersOf(bus)).toEqual([]);
});

test.concurrent("an event that cannot be read is a dead letter, whatever is wrong with it, and its neighbours go on", async () => {
  await using world = await startBus();
  await using raw = await connectRaw(world.server.url);
  const { bus } = world;
  const ran: string[] = [];
  const queue = changeQueue((event, context) => {
    ran.push(event.route);
    return Promise.resolve(reportOf(event, context));
  });
  const js = raw.jsm.jetstream();
  const broken = ["catalog.no-json", "catalog.no-fields", "catalog.Not_A_Name", "catalog.a.token.too.many", "catalog"];
  const bodies = ["{", "{}", "{}", JSON.stringify(change("a", 1).data), ""];
  for (const [index, tokens] of broken.entries())
    await js.publish(`lockstep.change-detected.${tokens}`, bodies[index] ?? "");
  const { seq } = await bus.publish(change("text", 1));

  await using _replica = startWork(queue, { bus });
  await untilDone(bus, "text", seq);
  await vi.waitUntil(async () => (await bus.last("WORK_COMPARATOR", ">")) === undefined, { timeout: 10_000 });

  expect(ran).toEqual(["text"]);
  const letters = (await deadLettersOf(bus)).toSorted((one, other) => one.seq - other.seq);
  expect(letters.map(({ code, event }) => `${code} ${event.subject}`)).toEqual(
    broken.map((tokens) => `EVENT_INVALID work.comparator.${tokens}`),
  );
  expect(letters[0]?.event.data).toBe("{");
  expect(letters[2]?.route).toBe("not-a-name");
});
