import { deploymentDiff, updateApplied } from "@lockstep/shared/contracts";
import { expect, test } from "vitest";
import { describeDeploymentDiff, describeUpdateMessage } from "./describe-deployment.ts";

const id = "a".repeat(40);
const place = { route: "studio", target: "gpu-1", diffId: "b".repeat(64), throughSeq: 7 };
const backend = {
  name: "backend",
  state: "update" as const,
  from: null,
  fromObject: null,
  to: "1.10.0",
  path: "backend",
  object: null,
  skipped: true,
};

function diffLine(changes: object): string {
  const { subject, data } = deploymentDiff.create({
    ...place,
    kind: "deployment",
    ordinal: 1,
    revision: id,
    trigger: { kind: "poll", id: "1" },
    detectedAt: "2026-01-01T00:00:00Z",
    source: { url: "https://git.example/studio.git", branch: "main", manifest: "version.json", commit: id },
    components: [],
    faults: [],
    action: "offer",
    againstRelease: null,
    ...changes,
  });
  return describeDeploymentDiff(subject, JSON.stringify(data));
}

test("a diff's line names what differs, what is skipped, and why it waits", () => {
  const wave = { number: 2, of: 3 };

  expect(diffLine({})).toBe("studio.gpu-1 up to date");
  expect(diffLine({ components: [backend], wave, reason: "wave 2 of 3 waits for wave 1" })).toBe(
    "studio.gpu-1 offer (wave 2 of 3): backend none → 1.10.0 (skipped) (wave 2 of 3 waits for wave 1)",
  );
  expect(diffLine({ blocked: { remoteMinRuntime: 5, localRuntime: 4, message: "needs runtime 5" } })).toBe(
    "studio.gpu-1 blocked: needs runtime 5",
  );
});

test("an outcome's line says from what to what, and how long it was away", () => {
  const { subject, data } = updateApplied.create({
    ...place,
    result: "applied",
    components: [{ name: "models", from: 22, to: 23 }],
    skipped: [],
    downtimeMs: 0,
    warnings: [],
  });

  expect(describeUpdateMessage(subject, JSON.stringify(data))).toBe("studio.gpu-1 applied: models 22 → 23, 0 ms away");
});
