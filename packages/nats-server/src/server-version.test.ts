import { expect, test } from "vitest";
import { isUsableVersion, parseServerVersion } from "./server-version.ts";

test.each([
  ["nats-server: v2.15.1\n", "2.15.1"],
  ["nats-server: v2.12.0-RC.3\n", "2.12.0-RC.3"],
  ["nats-server: 2.11.4\n", "2.11.4"],
  ["nginx version: 1.2.3\n", undefined],
  ["", undefined],
])("of %j the version is %s", (printed, version) => {
  expect(parseServerVersion(printed)).toBe(version);
});

test.each([
  ["2.10.29", false],
  ["2.11.0-RC.1", false],
  ["2.11.0", true],
  ["2.12.0-RC.1", true],
  ["3.0.0", true],
])("%s is usable: %s", (version, usable) => {
  expect(isUsableVersion(version)).toBe(usable);
});
