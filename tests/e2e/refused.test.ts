import { expect, test } from "vitest";
import { deadLetter, RouteName, trigger, type DeadLetter } from "@lockstep/shared/contracts";
import { route, startWorld, type World, type WorldConfig } from "./world.ts";

const records = { "Aurora-8B": { name: "Aurora-8B" } };

/** The dead letter that a trigger ends as, or the first failure that is logged as to be tried again. */
async function failureOf(configure: (config: WorldConfig) => unknown) {
  await using world = await startWorld({ records, configure });
  const services = world.start("watcher", "comparator", "publisher");
  await world.bus.publish(trigger.create({ route: RouteName.parse(route), requestId: "refused" }));
  const letter = await firstDeadLetter(world);
  return { letter, log: services.log(), pushes: world.forge.log.counts().pushes };
}

async function firstDeadLetter({ bus }: World): Promise<DeadLetter> {
  const signal = AbortSignal.timeout(30_000);
  for await (const { subject, body } of bus.tail("DEAD", { subjects: ["lockstep.dead.>"], from: 1, signal }))
    return deadLetter.parse(subject, body);
  throw new Error("no dead letter");
}

test("a wrong token is one clear error: where, what to do, no token, no stack, nothing written", async () => {
  const token = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";

  const { letter, log, pushes } = await failureOf((config) => ({ ...config, github: { ...config.github, token } }));

  expect(letter.code).toMatch(/^GIT(HUB)?_(AUTH_FAILED|ACCESS_DENIED)$/);
  expect(letter.message).toContain(`${route}.text`);
  expect(JSON.stringify(letter) + log).not.toContain(token);
  expect(log).not.toContain('"stack"');
  expect(pushes).toBe(0);
});

test("a repository that was archived is refused in the forge's words", async () => {
  await using world = await startWorld({ records });
  world.forge.configure("acme/models", { archived: true });
  world.start("watcher", "comparator", "publisher");
  await world.bus.publish(trigger.create({ route: RouteName.parse(route), requestId: "archived" }));

  const letter = await firstDeadLetter(world);

  expect(letter).toMatchObject({ service: "publisher", route, target: "text" });
  expect(letter.message).toMatch(/archived/i);
  expect(world.forge.pulls("acme/models")).toEqual([]);
});
