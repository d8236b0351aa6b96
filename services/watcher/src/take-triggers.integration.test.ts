import { afterAll, beforeAll, expect, test } from "vitest";
import { startSource, type EditableSource } from "@lockstep/sandbox";
import { deadLetter, RunRequest, trigger } from "@lockstep/shared/contracts";
import type { Bus } from "@lockstep/shared/runtime";
import { causesOf, routesOf, untilChanges } from "./testing/routes-of.ts";
import { runWatcher } from "./testing/run-watcher.ts";
import { configOf, startWorld, type World } from "./testing/world.ts";

let world: World;
let source: EditableSource;
beforeAll(async () => {
  world = await startWorld();
  source = await startSource({ catalogs: { text: { a: { v: 1 } } } });
});
afterAll(async () => {
  await source.close();
  await world[Symbol.asyncDispose]();
});

let names = 0;
const uniqueName = () => `service-${(names += 1)}`;

async function deadLetters() {
  const subjects = await world.bus.subjects("DEAD", deadLetter.everySubject);
  return await Promise.all(
    subjects.map(async ({ subject }) => {
      const message = await world.bus.last("DEAD", subject);
      if (message === undefined) throw new Error(`${subject} is gone`);
      return deadLetter.parse(subject, message.body);
    }),
  );
}

test("a trigger with an empty body is one change, whose cause is the trigger", async () => {
  const route = uniqueName();
  await runWatcher(world, { config: configOf(routesOf(source.url, { [route]: {} })) });
  await world.publishByHand(`lockstep.trigger.${route}`, "");
  const [cause] = await untilChanges(world, route, 1);
  const sent = world.events.find(({ subject }) => subject === `lockstep.trigger.${route}`);

  expect(cause).toEqual({ kind: "manual", id: String(sent?.seq) });
});

test("options of a trigger wait in the bucket for each target, and do not ride on the change", async () => {
  const route = uniqueName();
  await runWatcher(world, { config: configOf(routesOf(source.url, { [route]: {} })) });
  const body = { reason: "because", requestId: "r1", options: { allowDeletions: true } };
  await world.publishByHand(`lockstep.trigger.${route}`, JSON.stringify(body));
  const [cause] = await untilChanges(world, route, 1);
  const requests = world.bus.bucket("requests");

  expect((await requests.keys(`${route}.>`)).toSorted()).toEqual([
    `${route}.t.${cause?.id}`,
    `${route}.u.${cause?.id}`,
  ]);
  const entry = await requests.read(`${route}.t.${cause?.id}`);
  expect(RunRequest.parse(JSON.parse(entry?.value ?? ""))).toMatchObject({
    requestId: "r1",
    options: { allowDeletions: true },
  });
  expect(JSON.stringify(world.changes(route))).not.toContain("allowDeletions");
});

test("options for one target wait for that one alone", async () => {
  const route = uniqueName();
  await runWatcher(world, { config: configOf(routesOf(source.url, { [route]: {} })) });
  await world.bus.publish(trigger.create({ route, targets: ["u"], options: { recreate: true } }));
  const [cause] = await untilChanges(world, route, 1);

  expect(await world.bus.bucket("requests").keys(`${route}.>`)).toEqual([`${route}.u.${cause?.id}`]);
});

test("a trigger that nobody can carry out is a dead letter or ignored, and its neighbours go on", async () => {
  const route = uniqueName();
  const { lines } = await runWatcher(world, { config: configOf(routesOf(source.url, { [route]: {} })) });
  await world.publishByHand("lockstep.trigger.nobody", "");
  await world.publishByHand(`lockstep.trigger.${route}`, '{"reason":');
  await world.publishByHand(`lockstep.trigger.${route}`, "[1]");
  await world.publishByHand(`lockstep.trigger.${route}`, `{"reason":${"9".repeat(5000)}}`);
  await world.publishByHand(`lockstep.trigger.${route}`, '{"targets":["v"],"options":{"recreate":true}}');
  await world.publishByHand("lockstep.trigger.UPPER", "");
  await world.publishByHand(`lockstep.trigger.${route}.more`, "");
  await world.publishByHand("lockstep.trigger.*", "");
  await world.publishByHand("lockstep.trigger.$JS.API", "");
  await world.publishByHand(`lockstep.trigger.${route}`, "{}");
  const [cause] = await untilChanges(world, route, 1);

  expect(cause?.id).toBe(String(world.events.findLast(({ body }) => body === "{}")?.seq));
  const refused = lines.filter(({ msg }) => msg === "event refused: dead letter");
  expect(refused.map(({ error }) => (error as { code: string }).code)).toEqual([
    "ROUTE_UNKNOWN",
    "TRIGGER_INVALID",
    "TRIGGER_INVALID",
    "TRIGGER_INVALID",
    "TARGET_UNKNOWN",
    "TRIGGER_INVALID",
    "TRIGGER_INVALID",
    "TRIGGER_INVALID",
    "TRIGGER_INVALID",
  ]);
  const letters = await deadLetters();
  expect(letters).toContainEqual(
    expect.objectContaining({ service: "watcher", route: "nobody", code: "ROUTE_UNKNOWN", attempts: 1 }),
  );
  expect(letters.find((letter) => letter.route === route)).toMatchObject({
    event: { subject: expect.stringContaining(route) },
  });
});

test("a trigger from the future waits, it is no dead letter", async () => {
  const route = uniqueName();
  const { lines } = await runWatcher(world, { config: configOf(routesOf(source.url, { [route]: {} })) });
  await world.bus.publish({ ...trigger.create({ route }), type: "lockstep.trigger.v2" });
  await world.publishByHand(`lockstep.trigger.${route}`, "");
  await untilChanges(world, route, 1);

  expect(lines).toContainEqual(expect.objectContaining({ type: "lockstep.trigger.v2" }));
  expect((await deadLetters()).filter((letter) => letter.route === route)).toEqual([]);
});

/** A connection whose first acknowledgement is lost: the event comes again. */
function forgetfulBus(bus: Bus): Bus {
  let lost = false;
  return {
    ...bus,
    async consume(stream, consumer, buffer) {
      const deliveries = await bus.consume(stream, consumer, buffer);
      return {
        close: () => deliveries.close(),
        async *[Symbol.asyncIterator]() {
          for await (const delivery of deliveries)
            yield {
              ...delivery,
              async ack() {
                if (lost || consumer !== "watcher-triggers") return await delivery.ack();
                lost = true;
                throw new Error("the acknowledgement was lost");
              },
            };
        },
      };
    },
  };
}

test("a trigger that is delivered twice is one change (I3)", async () => {
  const route = uniqueName();
  const { lines } = await runWatcher(world, {
    config: configOf(routesOf(source.url, { [route]: {} })),
    bus: forgetfulBus,
  });
  await world.publishByHand(`lockstep.trigger.${route}`, "");
  await expect.poll(() => lines.filter(({ msg }) => msg === "triggered").length, { timeout: 10_000 }).toBe(2);

  expect(await causesOf(world, route)).toHaveLength(1);
});
