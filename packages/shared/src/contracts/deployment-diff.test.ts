import { expect, test } from "vitest";
import { deploymentDiff } from "./deployment-diff.ts";
import { diffComputed } from "./diff-computed.ts";
import { instanceKey, InstanceInventory } from "./instance-inventory.ts";
import { RouteName, TargetName } from "./names.ts";
import { trigger } from "./trigger.ts";
import { updateApplied } from "./update-applied.ts";

const commit = "a".repeat(40);
const diffId = "b".repeat(64);
const diff = {
  kind: "deployment" as const,
  route: "studio",
  target: "gpu-1",
  diffId,
  throughSeq: 7,
  ordinal: 1,
  revision: commit,
  trigger: { kind: "poll" as const, id: "0:a" },
  detectedAt: "2026-01-01T00:00:00.000Z",
  source: { url: "https://git.example/studio.git", branch: "main", manifest: "version.json", commit },
  components: [
    {
      name: "backend",
      state: "update" as const,
      from: "1.9.0",
      fromObject: null,
      to: "1.10.0",
      path: "backend",
      object: { mode: "040000" as const, id: commit },
      skipped: false,
    },
  ],
  faults: [],
  action: "offer" as const,
  againstRelease: 3,
};

test("a deployment diff travels on the subject of every diff and says its kind", () => {
  const event = deploymentDiff.create(diff);

  expect(event.subject).toBe("lockstep.diff-computed.deployment.studio.gpu-1");
  expect(event.type).toBe(diffComputed.type);
  expect(deploymentDiff.parse(event.subject, JSON.stringify(event.data))).toEqual(event.data);
});

test("a deployment diff is no catalog diff and the other way round", () => {
  const event = deploymentDiff.create(diff);

  expect(() => diffComputed.parse(event.subject, JSON.stringify(event.data))).toThrow("repository");
  expect(() => deploymentDiff.parse(event.subject.replace("deployment", "catalog"), JSON.stringify(diff))).toThrow(
    "kind",
  );
});

test("the same change looked at twice is one diff, until commit, release or turn differ", () => {
  const { id } = deploymentDiff.create(diff);

  expect(deploymentDiff.create({ ...diff, reason: "in other words" }).id).toBe(id);
  const others = [
    { ...diff, action: "apply" as const },
    { ...diff, againstRelease: null },
    { ...diff, source: { ...diff.source, commit: "c".repeat(40) } },
  ].map((other) => deploymentDiff.create(other).id);
  expect(new Set([id, ...others]).size).toBe(4);
});

test("an outcome's id is its change, its result and the release that runs", () => {
  const outcome = {
    route: "studio",
    target: "gpu-1",
    components: [],
    skipped: [],
    diffId,
    throughSeq: 7,
    warnings: [],
  };
  const applied = updateApplied.create({ ...outcome, result: "applied", release: 4 });

  expect(applied.subject).toBe("lockstep.update-applied.studio.gpu-1");
  expect(applied.id).toBe("applied:studio.gpu-1:7:applied:4");
  expect(updateApplied.create({ ...outcome, result: "rolled-back", release: 3 }).id).not.toBe(applied.id);
});

test("a component's name is a folder's name and nothing that leads elsewhere", () => {
  const entry = {
    route: "studio",
    instance: "gpu-1",
    holder: "pod-1",
    runtime: 4,
    components: { backend: { version: "1.9.0", object: null }, models: { version: 0, object: null } },
    skipComponents: [],
    release: null,
    health: "healthy",
    heartbeatAt: "2026-01-01T00:00:00.000Z",
  };
  expect(InstanceInventory.parse(entry)).toEqual(entry);
  const bad = ["..", ".git", "-rf", "a/b", "", "__proto__"];
  const taken = bad.filter((name) => InstanceInventory.safeParse({ ...entry, skipComponents: [name] }).success);
  expect(taken).toEqual([]);
  expect(instanceKey(RouteName.parse("studio"), TargetName.parse("gpu-1"))).toBe("studio.gpu-1");
});

test("a trigger may name components and what is allowed of them", () => {
  const options = { apply: true, components: ["models"], skipComponents: [], allowDowngrade: true, reinstall: true };

  expect(trigger.create({ route: "studio", requestId: "r", options }).data).toMatchObject({ options });
  expect(() => trigger.create({ route: "studio", options: { components: ["../x"] } })).toThrow("components");
});
