import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readManifest } from "./read-manifest.ts";

function read(text: string) {
  return readManifest(Buffer.from(text));
}

function manifestOf(text: string) {
  const reading = read(text);
  if (reading.kind === "fault") throw new Error(reading.fault.message);
  return reading.manifest;
}

test("a component may be given in full or flat, by number or by version", () => {
  const { minRuntime, components, faults } = manifestOf(
    '{"min_runtime":4,"components":{"backend":{"version":"1.10.0"},"models":{"version":22},"frontend":"v2","flows":0}}',
  );

  expect(minRuntime).toBe(4);
  expect(Object.fromEntries(components)).toEqual({ backend: "1.10.0", models: 22, frontend: "v2", flows: 0 });
  expect(faults).toEqual([]);
});

test("a manifest without min_runtime runs anywhere", () => {
  expect(manifestOf('{"components":{}}').minRuntime).toBe(0);
});

test.each([
  ["", "MANIFEST_NOT_JSON"],
  ["{", "MANIFEST_NOT_JSON"],
  ["\uFEFF{", "MANIFEST_NOT_JSON"],
  ["null", "MANIFEST_NOT_AN_OBJECT"],
  ["[]", "MANIFEST_NOT_AN_OBJECT"],
  ['{"min_runtime":"4","components":{}}', "MANIFEST_MIN_RUNTIME"],
  ['{"min_runtime":4.5,"components":{}}', "MANIFEST_MIN_RUNTIME"],
  ['{"min_runtime":null,"components":{}}', "MANIFEST_MIN_RUNTIME"],
  ['{"min_runtime":true,"components":{}}', "MANIFEST_MIN_RUNTIME"],
  ['{"min_runtime":1e400,"components":{}}', "MANIFEST_MIN_RUNTIME"],
  ["{}", "MANIFEST_COMPONENTS"],
  ['{"components":["backend"]}', "MANIFEST_COMPONENTS"],
  [
    JSON.stringify({ components: Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`c${n}`, 1])) }),
    "MANIFEST_COMPONENTS",
  ],
])("a manifest that reads %.60j is a fault of the whole: %s", (text, code) => {
  expect(read(text)).toMatchObject({ kind: "fault", fault: { code } });
});

test.each([
  '""',
  "null",
  "[1]",
  "{}",
  '{"version":null}',
  '"next"',
  "1.5",
  "-1",
  "true",
  '"1.2.3.4"',
  '{"version":{}}',
])("a component with the version %s is left alone, the others are read (I10)", (version) => {
  const { components, faulty, faults } = manifestOf(`{"components":{"bad":${version},"good":1}}`);

  expect([...components.keys()]).toEqual(["good"]);
  expect([...faulty]).toEqual(["bad"]);
  expect(faults).toMatchObject([{ component: "bad", code: "MANIFEST_VERSION" }]);
});

test("a name that could lead elsewhere on a disk is a fault", () => {
  const { components, faults } = manifestOf('{"components":{"../x":1,"__proto__":1,".git":1,"-f":1}}');

  expect(components.size).toBe(0);
  expect(faults.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => "MANIFEST_COMPONENT_NAME"));
});

test("whatever the manifest holds, reading it answers", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(`{"components":${text}}`)),
      ),
      (bytes) => {
        expect(["manifest", "fault"]).toContain(readManifest(bytes).kind);
      },
    ),
  );
});
