import { expect, test } from "vitest";
import { prPublished } from "@lockstep/shared/contracts";
import { covers, triggerAndWait } from "./trigger-and-wait.ts";
import { repository, route, startWorld, text, type World } from "./world.ts";

const records = {
  "Aurora-8B": { name: "Aurora-8B", parameters: 8 },
  "Borealis-13B": { name: "Borealis-13B", parameters: 13 },
};

function startAll(world: World) {
  for (const name of ["watcher", "comparator", "publisher"] as const) world.start(name);
}

test("a source changes, and a pull request with exactly that change stands on the forge, is merged and followed by the next", async () => {
  await using world = await startWorld({ records, target: {} });
  startAll(world);

  const opened = await triggerAndWait(world);
  expect(opened).toMatchObject({ action: "opened", number: 1, counts: { added: 2, removed: 0, modified: 0 } });
  const branch = await world.forge.readFile(repository, opened.branch, "db.json");
  expect(branch.toString()).toBe(text(records));
  const [pull] = world.forge.pulls(repository);
  expect(pull?.title).toContain("+2 −0 ~0");

  await world.forge.merge(repository, 1);
  await world.source.setRecord("text_generation", "Cascade-70B", { name: "Cascade-70B", parameters: 70 });
  const next = await triggerAndWait(world);
  expect(next).toMatchObject({ action: "opened", number: 2, counts: { added: 1, removed: 0, modified: 0 } });

  // Nothing new: the same pull request, told as such, without a push.
  const before = world.forge.log.counts().pushes;
  expect(await triggerAndWait(world)).toMatchObject({ action: "unchanged", number: 2 });
  expect(world.forge.log.counts().pushes).toBe(before);
  expect(world.forge.violations).toEqual([]);
});

test("an empty body is a valid trigger, and a poll needs none", async () => {
  await using world = await startWorld({
    records,
    target: records,
    configure: (config) => {
      const routes = config.routes as Record<string, { triggers: unknown }>;
      return { ...config, routes: { [route]: { ...routes[route], triggers: { interval: "1s" } } } };
    },
  });
  startAll(world);
  // The first poll sets the baseline and says nothing; the trigger's outcome proves that the services run.
  const first = await triggerAndWait(world);
  expect(first.action).toBe("unchanged");
  await world.source.deleteRecord("text_generation", "Aurora-8B");

  const outcome = await world.event((message) => covers(message, first.throughSeq + 1));
  const { action, counts } = prPublished.parse(outcome.subject, outcome.body);
  expect({ action, counts }).toEqual({ action: "opened", counts: { added: 0, removed: 1, modified: 0 } });
});

test("a second delivery of every event ends with one pull request and the right content (I3)", async () => {
  await using world = await startWorld({ records, target: {} });
  startAll(world);
  const opened = await triggerAndWait(world);
  const written = world.forge.log.counts().apiWrites;
  const last = await world.bus.last("EVENTS", "lockstep.>");

  // The same bodies under other ids: to the streams they are new, to the services they are what was done already.
  for (let seq = 1; seq <= (last?.seq ?? 0); seq += 1) {
    const message = await world.bus.at("EVENTS", seq);
    if (message === undefined || message.subject.startsWith("lockstep.pr-published.")) continue;
    const id = `${message.id || message.seq}:again`;
    await world.bus.publish({
      subject: message.subject,
      id,
      type: message.type,
      data: JSON.parse(message.body || "{}"),
    });
  }

  expect(await triggerAndWait(world)).toMatchObject({ action: "unchanged", number: opened.number, head: opened.head });
  expect(world.forge.pulls(repository)).toHaveLength(1);
  expect(world.forge.log.counts().apiWrites).toBe(written);
  expect((await world.forge.readFile(repository, opened.branch, "db.json")).toString()).toBe(text(records));
});
