import { expect, test } from "vitest";
import { RouteName, TargetName } from "@lockstep/shared/contracts";
import { aroundRegion, changeMarker, readMarker, wrapRegion, type Marker } from "./body-region.ts";

const marker: Marker = {
  route: RouteName.parse("text--models"),
  target: TargetName.parse("text"),
  content: "a".repeat(64),
  text: "b".repeat(64),
  title: "c".repeat(64),
};

test("the marker is read back from the body it was written to", () => {
  expect(readMarker(wrapRegion(marker, "Hello"))).toEqual(marker);
  expect(readMarker(wrapRegion({ ...marker, closed: "lockstep" }, "Hello"))).toEqual({ ...marker, closed: "lockstep" });
});

test("it is read from a body that a browser gave CRLF", () => {
  expect(readMarker(`Note\n\n${wrapRegion(marker, "Hello\nthere")}`.replaceAll("\n", "\r\n"))).toEqual(marker);
});

test("a body without marker, or with a broken one, has none", () => {
  expect(readMarker("")).toBeUndefined();
  expect(readMarker("<!-- lockstep route=x -->")).toBeUndefined();
  expect(readMarker(`- \`${wrapRegion(marker, "")}\``.replaceAll("\n", " "))).toBeUndefined();
});

test("what a person wrote around our part is kept", () => {
  const region = wrapRegion(marker, "Old");

  expect(aroundRegion(`Please wait.\n\n${region}\n\ncc Mona`)).toEqual({
    before: "Please wait.\n\n",
    after: "\n\ncc Mona",
  });
  expect(aroundRegion(region)).toEqual({ before: "", after: "" });
  expect(aroundRegion("All mine")).toEqual({ before: "All mine\n\n", after: "" });
});

test("another marker leaves the text alone", () => {
  const body = `Note\n\n${wrapRegion(marker, "Hello")}\nmore`;

  const changed = changeMarker(body, { ...marker, closed: "lockstep" });

  expect(changed).toBe(`Note\n\n${wrapRegion({ ...marker, closed: "lockstep" }, "Hello")}\nmore`);
});
