import { deploymentDiff, RunOptions, type DeploymentDiff } from "@lockstep/shared/contracts";
import { expect, test } from "vitest";
import { planUpdate } from "./plan-update.ts";

const component = (name: string, state: string) => ({
  name,
  state,
  from: "1.0.0",
  fromObject: null,
  to: "2.0.0",
  path: name,
  object: { mode: "040000", id: "a".repeat(40) },
  skipped: false,
});

function diff(fields: object = {}): DeploymentDiff {
  return deploymentDiff.schema.parse({
    kind: "deployment",
    route: "studio",
    target: "pod-1",
    diffId: "d".repeat(64),
    throughSeq: 7,
    ordinal: 1,
    revision: "r",
    trigger: { kind: "poll", id: "p" },
    detectedAt: "2026-01-01T00:00:00Z",
    source: { url: "https://git.example/studio.git", branch: "main", manifest: "version.json", commit: "c".repeat(40) },
    components: [component("backend", "update"), component("models", "update"), component("old", "current")],
    faults: [],
    action: "offer",
    againstRelease: 1,
    ...fields,
  });
}

const plan = (fields: object = {}, options: object = {}, skipComponents: readonly string[] = []) =>
  planUpdate(diff(fields), { options: RunOptions.parse(options), skipComponents });

test("what differs is offered until a person applies it, or applied where the route says so", () => {
  expect(plan()).toMatchObject({ kind: "offer", changes: [{ name: "backend" }, { name: "models" }] });
  expect(plan({}, { apply: true })).toMatchObject({ kind: "apply" });
  expect(plan({ action: "apply" })).toMatchObject({ kind: "apply" });
});

test("a newer image than there is blocks everything", () => {
  const blocked = { remoteMinRuntime: 5, localRuntime: 4, message: "needs runtime 5" };
  expect(plan({ blocked, action: "apply" }, { apply: true })).toEqual({ kind: "blocked", reason: "needs runtime 5" });
});

test("a fault of the whole manifest applies nothing, one of a component leaves the others", () => {
  const fault = { code: "MANIFEST_INVALID", message: "min_runtime is no integer" };
  expect(plan({ faults: [fault] }, { apply: true })).toMatchObject({ kind: "faulty", code: "MANIFEST_INVALID" });
  expect(plan({ faults: [{ ...fault, component: "old" }] }, { apply: true })).toMatchObject({ kind: "apply" });
});

test("the request's skip list takes the place of the saved toggles; both leave the component on offer", () => {
  expect(plan({}, { apply: true }, ["models"])).toMatchObject({ changes: [{ name: "backend" }], skipped: ["models"] });
  expect(plan({}, { apply: true, skipComponents: ["backend"] }, ["models"])).toMatchObject({
    changes: [{ name: "models" }],
    skipped: ["backend"],
  });
  expect(plan({}, { apply: true, components: ["backend"] })).toMatchObject({ skipped: ["models"] });
  expect(plan({}, { skipComponents: ["backend", "models"] })).toEqual({
    kind: "up-to-date",
    skipped: ["backend", "models"],
  });
});

test.each([
  ["ahead", "allowDowngrade"],
  ["drift", "reinstall"],
])("%s is left alone unless %s is given", (state, permission) => {
  const components = [component("backend", state)];
  expect(plan({ components }, { apply: true })).toMatchObject({ kind: "up-to-date" });
  expect(plan({ components }, { apply: true, [permission]: true })).toMatchObject({ kind: "apply" });
});
