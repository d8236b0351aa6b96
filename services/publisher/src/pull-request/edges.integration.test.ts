import { startForge, type Forge } from "@lockstep/sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createWorld, type WorldOptions } from "./testing/publishing-world.ts";

let forge: Forge;
beforeAll(async () => {
  forge = await startForge();
});
afterAll(() => forge.close());
beforeEach(() => {
  forge.faults.clear();
  forge.log.clear();
});
afterEach(() => {
  if (forge.violations.length > 0) throw new Error(forge.violations.join("\n"));
});

const more = { one: 1, two: 2, three: 3 };

function coded(code: string, more: object = {}) {
  return expect.objectContaining({ code, ...more });
}

test("“Could not resolve to a node” right after creation is tried again", async () => {
  await using world = await createWorld(forge, { pullRequest: { labels: ["sync"] } });
  const body = { message: "Could not resolve to a node with the global id of 'PR_1'" };
  forge.faults.add({ method: "POST", path: "*/labels", times: 2, effect: { kind: "status", status: 422, body } });

  const ran = await world.publish({ text: more });

  expect(ran.outcomes[0]?.warnings).toEqual([]);
  expect(forge.pulls(world.repository)).toMatchObject([{ labels: ["sync"] }]);
});

test("a run that dies before the labels are set sets them when it runs again", async () => {
  await using world = await createWorld(forge, { pullRequest: { labels: ["sync"] } });
  forge.faults.add({ method: "POST", path: "*/labels", effect: { kind: "bad-gateway" } });
  forge.faults.add({ method: "POST", path: "*/labels", effect: { kind: "drop", when: "before" } });
  const diff = await world.diff({ text: more });
  await expect(world.run(diff)).rejects.toThrow(expect.objectContaining({ name: "TransientError" }));

  expect((await world.run(diff)).actions).toEqual(["opened"]);
  expect(forge.pulls(world.repository)).toMatchObject([{ labels: ["sync"] }]);
});

test("content that is gone leads to a trigger", async () => {
  await using world = await createWorld(forge);
  const diff = await world.diff({ text: more });
  world.content.forget();

  const ran = await world.run(diff);

  expect(ran).toMatchObject({ outcomes: [], triggers: [{ reason: "content-gone", targets: ["text"] }] });
  expect(forge.log.calls()).toEqual([]);
});

test.each<[string, WorldOptions]>([
  ["another repository", { target: { repository: "acme/other" } }],
  ["another branch", { target: { branch: "develop" } }],
])("a configuration that says %s waits, then alerts, and touches nothing", async (_, changes) => {
  await using world = await createWorld(forge);
  const diff = await world.diff({ text: more });
  world.configure(changes);

  await expect(world.run(diff)).rejects.toThrow(coded("CONFIG_DIFFERS", { name: "LaterError" }));
  world.state.now += 11 * 60_000;
  expect(await world.run(diff)).toMatchObject({ outcomes: [], alerts: ["CONFIG_DIFFERS"] });
  expect(forge.log.calls()).toEqual([]);
});

test("a stopped process writes nothing more", async () => {
  await using world = await createWorld(forge);
  const diff = await world.diff({ text: more });

  await expect(world.run(diff, { signal: AbortSignal.abort(new Error("lease lost")) })).rejects.toThrow("lease lost");
  expect(forge.log.counts()).toMatchObject({ apiWrites: 0, pushes: 0 });
});

test.concurrent("labels, reviewers, teams, assignees and milestones that do not exist are warnings", async () => {
  const pullRequest = {
    labels: ["new-label"],
    reviewers: ["nobody", "rita"],
    teamReviewers: ["no-team"],
    assignees: ["ada"],
    milestone: "Never",
  };
  await using world = await createWorld(forge, { pullRequest });
  for (const login of ["rita", "ada"]) forge.addCollaborator(world.repository, login);

  const ran = await world.publish({ text: more });

  const [outcome] = ran.outcomes;
  expect(outcome?.action).toBe("opened");
  expect(outcome?.warnings.map((warning) => warning.split(":")[0])).toEqual([
    "milestone Never",
    "reviewer nobody",
    "team reviewer no-team",
  ]);
  expect(forge.pulls(world.repository)).toMatchObject([
    { labels: ["new-label"], reviewers: ["rita"], assignees: ["ada"] },
  ]);
});

test.concurrent("a milestone is found by its title", async () => {
  await using world = await createWorld(forge, { pullRequest: { milestone: "Spring", labels: ["sync"], draft: true } });
  const number = forge.addMilestone(world.repository, "Spring");

  const ran = await world.publish({ text: more });

  expect(ran.outcomes).toMatchObject([{ action: "opened", warnings: [] }]);
  expect(forge.pulls(world.repository)).toMatchObject([{ milestone: number, labels: ["sync"], draft: true }]);
});

test.concurrent("a record that cannot be read is begun anew", async () => {
  await using world = await createWorld(forge);
  await world.publish({ text: more });
  world.state.record = { version: 99 };

  expect((await world.publish({ text: more })).outcomes).toMatchObject([{ action: "opened", number: 1 }]);
  expect((await world.publish({ text: more })).actions).toEqual(["unchanged"]);
});
