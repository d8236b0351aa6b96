import { ComponentName, updateApplied, type DeploymentDiff } from "@lockstep/shared/contracts";
import { expect, test } from "vitest";
import { createDeploymentWorld, type DeploymentWorld } from "./testing/deployment-world.ts";
import { inOrder, minute } from "./testing/fleet.ts";

const manifest = (components: object, minRuntime = 1) => JSON.stringify({ min_runtime: minRuntime, components });
const release = {
  "version.json": manifest({ backend: { version: "1.10.0" }, models: 22 }),
  "backend/main.py": "print('hello')\n",
  "catalogs/models.json": "{}\n",
};

/** What the updater would do with a diff, and write of itself. */
function apply(world: DeploymentWorld, diff: DeploymentDiff): void {
  const components = diff.components.flatMap(({ name, to, object }) =>
    to === null ? [] : [[name, { version: to, object }] as const],
  );
  const release = { number: 1, commit: diff.source.commit, diffId: diff.diffId, since: diff.detectedAt };
  world.install(diff.target, { components: Object.fromEntries(components), release });
}

test("every installation learns what it lacks, from git's trees alone, and the same look says the same (I3)", async () => {
  await using world = await createDeploymentWorld();
  const commit = await world.commit(release);
  world.install("gpu-1", {});
  world.install("gpu-2", { components: { [ComponentName.parse("backend")]: { version: "1.10.0", object: null } } });

  const [one, two] = await world.look();
  const again = await world.look();

  expect(one).toMatchObject({ target: "gpu-1", action: "offer", source: { commit }, faults: [], againstRelease: null });
  expect(one?.components).toMatchObject([
    { name: "backend", state: "update", from: null, to: "1.10.0", path: "backend", object: { mode: "040000" } },
    { name: "models", state: "update", to: 22, path: "catalogs/models.json", object: { mode: "100644" } },
  ]);
  expect(two?.components.map(({ state }) => state)).toEqual(["current", "update"]);
  expect(two?.diffId).toBe(one?.diffId);
  expect(again.map(({ throughSeq: _seq, ordinal: _ordinal, trigger: _trigger, ...rest }) => rest)).toEqual(
    [one, two].map((diff) => expect.objectContaining({ diffId: diff?.diffId, components: diff?.components })),
  );
});

test("what is installed is up to date, another commit with the same content too, and edited content is a drift", async () => {
  await using world = await createDeploymentWorld();
  await world.commit(release);
  world.install("gpu-1", {});
  const [first] = await world.look();
  if (first === undefined) throw new Error("no diff");
  apply(world, first);

  await world.commit({ "README.md": "Words only.\n" });
  const [same] = await world.look();
  await world.commit({ "backend/main.py": "print('changed without a version')\n" });
  const [drifted] = await world.look();

  expect(same?.components.map(({ state }) => state)).toEqual(["current", "current"]);
  expect(same?.diffId).toBe(first.diffId);
  expect(drifted?.components.map(({ state }) => state)).toEqual(["drift", "current"]);
  expect(drifted?.diffId).not.toBe(first.diffId);
});

test("an image that is too old is blocked, the others are not", async () => {
  await using world = await createDeploymentWorld();
  await world.commit({ ...release, "version.json": manifest({ backend: "2.0.0" }, 5) });
  world.install("gpu-1", { runtime: 4 });
  world.install("gpu-2", { runtime: 5 });

  const [old, recent] = await world.look("apply: auto");

  expect(old?.blocked).toMatchObject({ remoteMinRuntime: 5, localRuntime: 4 });
  expect(recent).toMatchObject({ action: "apply" });
  expect(recent?.blocked).toBeUndefined();
});

test.each([
  ["a manifest that is missing", { "README.md": "none" }, "MANIFEST_MISSING"],
  ["a manifest that is a folder", { "version.json/a": "none" }, "MANIFEST_MISSING"],
  ["a manifest that is no JSON", { "version.json": "{" }, "MANIFEST_NOT_JSON"],
  [
    "a min_runtime that is no number",
    { "version.json": '{"min_runtime":"4","components":{}}' },
    "MANIFEST_MIN_RUNTIME",
  ],
])("%s is told to every installation, and nothing is applied", async (_what, files, code) => {
  await using world = await createDeploymentWorld();
  await world.commit(files);
  world.install("gpu-1", {});

  const [diff] = await world.look("apply: auto");

  expect(diff).toMatchObject({ components: [], action: "offer", faults: [{ code }] });
});

test("a component whose path the commit lacks has nothing to install, and is named", async () => {
  await using world = await createDeploymentWorld();
  await world.commit({ ...release, "version.json": manifest({ docs: 1, backend: "1.10.0" }) });
  world.install("gpu-1", {});

  const [diff] = await world.look();

  expect(diff?.faults).toMatchObject([{ component: "docs", code: "COMPONENT_PATH_MISSING" }]);
  expect(diff?.components).toMatchObject([{ name: "docs", object: null }, { name: "backend" }]);
});

test("auto: wave after wave, halted by a failure that was reported, though the installation is gone", async () => {
  await using world = await createDeploymentWorld();
  await world.commit(release);
  const order = inOrder(3);
  for (const id of order) world.install(id, {});
  const options = "apply: auto, rollout: { waves: [1, 2, 100%], soak: 5m }";
  const begun = async () => (await world.look(options)).filter(({ action }) => action === "apply");

  const [first] = await begun();
  expect(first?.target).toBe(order[0]);
  if (first === undefined) throw new Error("nobody was begun");
  apply(world, first);
  expect((await begun()).map(({ target }) => target)).toEqual([order[0]]);
  world.nowMs += 5 * minute;
  const second = (await begun()).find(({ target }) => target === order[1]);
  if (second === undefined) throw new Error("the second wave was not begun");
  const { data } = updateApplied.create({
    route: "studio",
    target: second.target,
    result: "rolled-back",
    reason: "not healthy after 60 s",
    components: [],
    skipped: [],
    diffId: second.diffId,
    throughSeq: second.throughSeq,
    warnings: [],
  });
  world.outcomes.set(second.target, updateApplied.schema.parse(data));
  world.inventories.delete(second.target);
  await world.look(options);
  world.outcomes.delete(second.target);
  world.nowMs += 60 * minute;

  const last = (await world.look(options)).find(({ target }) => target === order[2]);
  expect(last).toMatchObject({ action: "offer", wave: { number: 3, of: 3 } });
  expect(last?.reason).toContain(`halted: ${order[1]}: not healthy after 60 s`);
});

test("a pin names the commit that an installation is compared with", async () => {
  await using world = await createDeploymentWorld();
  const pinned = await world.commit(release);
  await world.commit({ "version.json": manifest({ backend: "2.0.0" }) });
  world.install("gpu-1", {});

  const [diff] = await world.look(`apply: auto, rollout: { pins: { gpu-1: "${pinned}" } }`);

  expect(diff).toMatchObject({ action: "offer", reason: "pinned by the configuration", source: { commit: pinned } });
  expect(diff?.components[0]).toMatchObject({ name: "backend", to: "1.10.0" });
});
