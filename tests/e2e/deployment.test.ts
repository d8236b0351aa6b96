import { expect, test } from "vitest";
import {
  ComponentName,
  deploymentDiff,
  DiffId,
  instanceKey,
  InstanceInventory,
  RouteName,
  TargetName,
  trigger,
  updateApplied,
  type DeploymentDiff,
  type UpdateApplied,
} from "@lockstep/shared/contracts";
import type { StoredMessage } from "@lockstep/shared/runtime";
import { repository, startWorld, type World } from "./world.ts";

const studio = RouteName.parse("studio");
const ids = ["gpu-1", "gpu-2", "gpu-3"].map((id) => TargetName.parse(id));

function release(version: string) {
  const manifest = { min_runtime: 1, components: { backend: { version } } };
  return { "version.json": JSON.stringify(manifest), "backend/main.py": `print("${version}")\n` };
}

function startStudio() {
  return startWorld({
    configure: ({ github }) => ({
      github,
      routes: {
        studio: {
          kind: "deployment",
          source: { url: `${github.apiUrl.replace("/api/v3", "")}/${repository}.git` },
          components: { backend: { path: "backend", restart: true } },
          apply: "auto",
          rollout: { waves: [1, "100%"], soak: "1s" },
          triggers: { interval: "500ms" },
        },
      },
    }),
  });
}

/** What an updater writes of its installation. */
async function write(world: World, diff: DeploymentDiff | undefined, instance: TargetName): Promise<void> {
  const [backend] = diff?.components ?? [];
  const installed = backend === undefined ? {} : { backend: { version: backend.to, object: backend.object } };
  const inventory = InstanceInventory.parse({
    route: studio,
    instance,
    holder: "test",
    runtime: 1,
    components: installed,
    skipComponents: [],
    release:
      diff === undefined
        ? null
        : {
            number: diff.throughSeq,
            commit: diff.source.commit,
            diffId: diff.diffId,
            since: diff.detectedAt,
          },
    health: "healthy",
    heartbeatAt: new Date().toISOString(),
  });
  await world.bus.bucket("instances").write(instanceKey(studio, instance), JSON.stringify(inventory));
}

type Outcome = Pick<UpdateApplied, "result" | "reason">;

async function report(world: World, diff: DeploymentDiff, outcome: Outcome): Promise<void> {
  const { route, target, diffId, throughSeq } = diff;
  const fields = { route, target, diffId, throughSeq, components: [], skipped: [], warnings: [] };
  await world.bus.publish(updateApplied.create({ ...fields, ...outcome }));
}

function diffOf(message: StoredMessage): DeploymentDiff | undefined {
  const isDiff = message.subject.startsWith("lockstep.diff-computed.deployment.");
  return isDiff ? deploymentDiff.parse(message.subject, message.body) : undefined;
}

/** The next diff that tells an installation to install this version. */
async function nextOrder(world: World, version: string, from: number): Promise<DeploymentDiff & { seq: number }> {
  const message = await world.event((one) => {
    const diff = diffOf(one);
    const [backend] = diff?.components ?? [];
    return diff?.action === "apply" && backend?.state === "update" && backend.to === version;
  }, from);
  const diff = diffOf(message);
  if (diff === undefined) throw new Error("no diff");
  return { ...diff, seq: message.seq };
}

test("a release reaches one installation, then after the soak the others; one that fails halts the rest", async () => {
  await using world = await startStudio();
  await world.forge.commit(repository, { branch: "main", files: release("1.0.0"), message: "Release 1.0.0" });
  for (const id of ids) await write(world, undefined, id);
  for (const name of ["watcher", "comparator"] as const) world.start(name);

  const first = await nextOrder(world, "1.0.0", 1);
  expect(first).toMatchObject({ wave: { number: 1, of: 2 }, components: [{ name: "backend", path: "backend" }] });
  await write(world, first, first.target);
  await report(world, first, { result: "applied" });
  const others = ids.filter((id) => id !== first.target);
  for (const id of others) {
    const order = await world.event((message) => {
      const diff = diffOf(message);
      return diff?.target === id && diff.action === "apply" && diff.components[0]?.state === "update";
    });
    const diff = diffOf(order);
    expect(diff?.wave).toEqual({ number: 2, of: 2 });
    expect(new Date(order.time).getTime() - new Date(first.detectedAt).getTime()).toBeGreaterThan(1000);
    await write(world, diff, id);
    if (diff !== undefined) await report(world, diff, { result: "applied" });
  }

  await world.forge.commit(repository, { branch: "main", files: release("1.1.0"), message: "Release 1.1.0" });
  const second = await nextOrder(world, "1.1.0", first.seq);
  expect(second.target).toBe(first.target);
  expect(second.diffId).not.toBe(DiffId.parse(first.diffId));
  await report(world, second, { result: "rolled-back", reason: "not healthy after 60 s" });
  const halted = await world.event((message) => diffOf(message)?.reason?.includes("halted") ?? false, second.seq);

  expect(diffOf(halted)).toMatchObject({
    action: "offer",
    components: [{ name: ComponentName.parse("backend"), state: "update", from: "1.0.0", to: "1.1.0" }],
    reason: `the rollout is halted: ${first.target}: not healthy after 60 s`,
  });

  const resume = trigger.create({ route: studio, requestId: "resume", options: { resume: true } });
  const { seq } = await world.bus.publish(resume);
  const resumed = await world.event((message) => {
    const diff = diffOf(message);
    return diff !== undefined && diff.target !== first.target && diff.action === "apply";
  }, seq);
  expect(diffOf(resumed)).toMatchObject({ wave: { number: 2, of: 2 }, components: [{ to: "1.1.0" }] });
});

test("what is wished of an installation that is not there is refused, and of one that is there it waits for it", async () => {
  await using world = await startStudio();
  await world.forge.commit(repository, { branch: "main", files: release("1.0.0"), message: "Release 1.0.0" });
  const [here, away] = ids;
  if (here === undefined || away === undefined) throw new Error("no ids");
  await write(world, undefined, here);
  world.start("watcher");
  const wish = (target: TargetName) =>
    world.bus.publish(
      trigger.create({ route: studio, requestId: target, targets: [target], options: { apply: true } }),
    );

  const refused = await wish(away);
  const { seq } = await wish(here);
  await world.event(
    ({ subject, body }) =>
      subject === "lockstep.change-detected.deployment.studio" && body.includes(`"kind":"manual","id":"${seq}"`),
    seq,
  );

  expect(await world.bus.bucket("requests").keys("studio.*.*")).toEqual([`studio.${here}.${seq}`]);
  const letter = await world.bus.last("DEAD", "lockstep.dead.watcher.studio");
  expect(letter?.body).toContain("TARGET_UNKNOWN");
  expect(letter?.id).toBe(`dead:watcher:studio:${refused.seq}`);
});
