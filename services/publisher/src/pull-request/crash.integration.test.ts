import { startForge, type Forge } from "@lockstep/sandbox";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createWorld, type PublishingWorld } from "./testing/publishing-world.ts";

let forge: Forge;
beforeAll(async () => {
  forge = await startForge();
});
afterAll(() => forge.close());
beforeEach(() => forge.faults.clear());

/** From the `count`th write on nobody answers any more: that one still has its effect. */
function dieAtWrite(count: number): void {
  for (const method of ["POST", "PATCH"]) {
    const writes = { method, path: "*/repos/*" };
    forge.faults.add({ ...writes, skip: count, times: 1, effect: { kind: "drop", when: "after" } });
  }
  forge.faults.add({ path: "*/git-receive-pack", skip: count, times: 1, effect: { kind: "drop", when: "after" } });
  forge.faults.add({
    method: "POST",
    path: "*/repos/*",
    skip: count + 1,
    times: 99,
    effect: { kind: "drop", when: "before" },
  });
}

/** All that people see: how every pull request ended up, and which branches there are. */
function sights({ repository }: PublishingWorld) {
  return {
    pulls: forge.pulls(repository).map(({ number, state, title, labels }) => ({ number, state, title, labels })),
    branches: [...forge.refs(repository).keys()].filter((ref) => ref.startsWith("refs/heads/")),
    comments: forge.pulls(repository).map(({ number }) => forge.comments(repository, number).length),
  };
}

const text = { one: 1, two: 2, three: 3 };

const scenarios = {
  open: { pullRequest: { labels: ["sync"] }, steps: [text] },
  reopen: { pullRequest: {}, steps: [text, { one: 1, two: 2 }, { ...text, four: 4 }] },
  replace: { pullRequest: { mode: "replace" }, steps: [text, { ...text, four: 4 }] },
} as const;

test.each(Object.entries(scenarios))(
  "%s: dead after any write, the next run ends where an undisturbed one does (I3, I4)",
  async (_, { pullRequest, steps }) => {
    const [last = {}] = steps.slice(-1);
    await using calm = await createWorld(forge, { pullRequest });
    let expected;
    for (const step of steps) expected = await calm.publish({ text: step });
    let died = 0;
    for (let write = 0; write < 3; write++) {
      await using world = await createWorld(forge, { pullRequest });
      for (const step of steps.slice(0, -1)) await world.publish({ text: step });
      const diff = await world.diff({ text: last });
      dieAtWrite(write);
      await world.run(diff, { dies: true }).catch(() => died++);
      forge.faults.clear();

      const ran = await world.run(diff);

      const actions = ran.outcomes.map(({ action }) => action);
      expect(actions).toEqual(expected?.outcomes.map(({ action }) => action));
      expect({ ...sights(world), branches: sights(world).branches.length }).toEqual({
        ...sights(calm),
        branches: sights(calm).branches.length,
      });
    }
    expect(died).toBeGreaterThan(0);
  },
);
