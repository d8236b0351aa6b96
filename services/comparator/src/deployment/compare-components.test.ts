import { ComponentName, type ComponentObject } from "@lockstep/shared/contracts";
import { expect, test } from "vitest";
import { compareComponents } from "./compare-components.ts";
import { readManifest } from "./read-manifest.ts";

const backend = ComponentName.parse("backend");
const one: ComponentObject = { mode: "040000", id: "1".repeat(40) };
const other: ComponentObject = { mode: "040000", id: "2".repeat(40) };

interface Case {
  readonly remote?: unknown;
  readonly local?: number | string;
  readonly localObject?: ComponentObject | null;
  readonly object?: ComponentObject | null;
  readonly skip?: boolean;
  readonly isConfigured?: boolean;
}

function compare({ remote, local, localObject = one, object = one, skip = false, isConfigured = true }: Case) {
  const reading = readManifest(Buffer.from(JSON.stringify({ components: { backend: remote } })));
  if (reading.kind === "fault") throw new Error(reading.fault.message);
  return compareComponents(
    {
      manifest: reading.manifest,
      paths: new Map(isConfigured ? [[backend, "backend"]] : []),
      objects: new Map(object === null ? [] : [["backend", object]]),
    },
    {
      components: local === undefined ? {} : { [backend]: { version: local, object: localObject } },
      skipComponents: skip ? [backend] : [],
    },
  );
}

const rows: readonly (readonly [string, Case, string])[] = [
  ["a higher number", { remote: 3, local: 2 }, "update"],
  ["a higher version", { remote: "1.10.0", local: "1.9.0" }, "update"],
  ["the release of an installed pre-release", { remote: "1.2.0", local: "1.2.0-rc1" }, "update"],
  ["another type than the local one", { remote: 3, local: "1.0.0" }, "update"],
  ["a version where nothing is installed", { remote: "0.1.0" }, "update"],
  ["0 where nothing is installed", { remote: 0 }, "update"],
  ["an empty text", { remote: "", local: 1 }, "fault"],
  ["null", { remote: null, local: 1 }, "fault"],
  ["a list", { remote: [1], local: 1 }, "fault"],
  ["a lower number", { remote: 1, local: 2 }, "ahead"],
  ["a lower version", { remote: "1.2.0-rc1", local: "1.2.0" }, "ahead"],
  ["the same version with the same content", { remote: "v1.2", local: "1.2.0" }, "current"],
  ["the same version with other content", { remote: 1, local: 1, object: other }, "drift"],
  [
    "the same version, a folder that became a file",
    { remote: 1, local: 1, object: { ...one, mode: "100644" } },
    "drift",
  ],
  ["the same version of what was there before the updater", { remote: 1, local: 1, localObject: null }, "current"],
  ["nothing any more", { local: 1 }, "removed"],
];

test.each(rows)("%s: the component is what the table says", (_what, given, state) => {
  expect(compare(given).components).toMatchObject([{ name: "backend", state, skipped: false }]);
});

test.each(rows)("%s, skipped: it is offered all the same and marked", (_what, given, state) => {
  expect(compare({ ...given, skip: true }).components).toMatchObject([{ name: "backend", state, skipped: true }]);
});

test("a path that the commit lacks is a fault, and an update with it has nothing to install", () => {
  const { components, faults } = compare({ remote: 2, local: 1, object: null });

  expect(components).toMatchObject([{ state: "update", object: null }]);
  expect(faults).toMatchObject([{ component: "backend", code: "COMPONENT_PATH_MISSING" }]);
});

test("a component that the configuration does not know is reported, and kept where it is installed", () => {
  expect(compare({ remote: 2, isConfigured: false }).components).toMatchObject([{ state: "fault", path: null }]);
  expect(compare({ remote: 2, local: 1, isConfigured: false })).toMatchObject({
    components: [{ state: "removed", from: 1 }],
    faults: [{ code: "COMPONENT_UNKNOWN" }],
  });
});

test("a component that is gone upstream stays, and is no fault", () => {
  const manifest = readManifest(Buffer.from('{"components":{}}'));
  if (manifest.kind === "fault") throw new Error("no manifest");
  const release = { manifest: manifest.manifest, paths: new Map([[backend, "backend"]]), objects: new Map() };

  const compared = compareComponents(release, {
    components: { [backend]: { version: 1, object: one } },
    skipComponents: [],
  });

  expect(compared).toEqual({
    components: [
      {
        name: "backend",
        state: "removed",
        from: 1,
        fromObject: one,
        to: null,
        path: "backend",
        object: null,
        skipped: false,
      },
    ],
    faults: [],
  });
});
