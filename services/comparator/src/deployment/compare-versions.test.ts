import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareVersions } from "./compare-versions.ts";

test.each([
  [22, 21, "newer"],
  [22, 22, "same"],
  [21, 22, "older"],
  [10, 9, "newer"],
  ["1.10.0", "1.9.0", "newer"],
  ["1.9.0", "1.10.0", "older"],
  ["1.2.0", "1.2.0-rc1", "newer"],
  ["1.2.0-rc1", "1.2.0", "older"],
  ["1.2.0-rc.10", "1.2.0-rc.9", "newer"],
  ["v1.10.0", "v1.2.0", "newer"],
  ["v1.2.0", "1.2.0", "same"],
  ["1.2", "1.2.0", "same"],
  ["2", "1.9.9", "newer"],
  ["2024.01.05", "2024.1.4", "newer"],
  ["1.2.0+build7", "1.2.0+build1", "same"],
] as const)("%s against an installed %s is %s", (remote, local, order) => {
  expect(compareVersions(remote, local)).toBe(order);
});

test.each([
  [1, "1.0.0"],
  ["1.0.0", 7],
  ["0.0.1", "no version at all"],
])("%j is an update where %j, another type, is installed", (remote, local) => {
  expect(compareVersions(remote, local)).toBe("newer");
});

test.each([0, 1, "0.0.0", "1.0.0"])("%j is an update where nothing is installed, 0 too", (remote) => {
  expect(compareVersions(remote, null)).toBe("newer");
});

const version = fc.oneof(
  fc
    .tuple(fc.nat(30), fc.nat(30), fc.nat(30), fc.constantFrom("", "-rc1", "-rc.2", "-a"))
    .map(([major, minor, patch, pre]) => `${major}.${minor}.${patch}${pre}`),
);
const opposite = { newer: "older", same: "same", older: "newer" };

test("what is newer one way is older the other way", () => {
  fc.assert(
    fc.property(fc.oneof(fc.tuple(version, version), fc.tuple(fc.nat(), fc.nat())), ([one, other]) => {
      expect(compareVersions(other, one)).toBe(opposite[compareVersions(one, other)]);
    }),
  );
});
