import { RouteName, TargetName } from "@lockstep/shared/contracts";
import { expect, test } from "vitest";
import { branchName, excludeEachOther, isReplaceBranchOf, otherNames, type Naming } from "./name-branches.ts";
import { sampleChange } from "../testing/sample-announcement.ts";

const diff = {
  route: RouteName.parse("models"),
  target: TargetName.parse("text"),
  detectedAt: "2025-03-05T23:04:05.678+02:00",
};
const update: Naming = { mode: "update", diff, shared: false };
const replace: Naming = { ...update, mode: "replace" };
const batch = { categories: ["text", "image"], paths: {}, changes: [], failed: [] };

test("update: one stable branch for a route, or one for each category", () => {
  expect(branchName(batch, update)).toBe("sync/models");
  expect(branchName({ ...batch, category: "text" }, update)).toBe("sync/models/text");
});

test("update: two targets of a route in one repository both carry their alias, and no route can be called so", () => {
  expect(branchName(batch, { ...update, shared: true })).toBe("sync/models_text");
  expect(RouteName.safeParse("models_text").success).toBe(false);
});

test("update: the names of the other setting of `batch` are known, and git has only one kind of them", () => {
  const category = { ...batch, category: "text", categories: ["text"] };

  expect(otherNames(batch, update)).toEqual(["sync/models/text", "sync/models/image"]);
  expect(otherNames(category, update)).toEqual(["sync/models"]);
  expect(excludeEachOther("sync/models", "sync/models/text")).toBe(true);
  expect(excludeEachOther("sync/models/text", "sync/models")).toBe(true);
  expect(excludeEachOther("sync/models", "sync/models-2/text")).toBe(false);
});

test("replace: category and time of the cause in UTC, the same for every retry (I3)", () => {
  const [text, image] = [sampleChange(), sampleChange({ category: "image" })];

  expect(branchName({ ...batch, changes: [text] }, replace)).toBe("sync/text/20250305-210405");
  expect(branchName({ ...batch, changes: [text, image] }, replace)).toBe("sync/multi-category/20250305-210405");
  expect(branchName({ ...batch, category: "image" }, replace)).toBe("sync/image/20250305-210405");
});

test("replace: a branch of another category, or of a person, is none of a part's", () => {
  const text = { category: "text" };

  expect(isReplaceBranchOf(text, "sync/text/20250305-210405")).toBe(true);
  expect(isReplaceBranchOf(text, "sync/text/20250305-210405-17")).toBe(true);
  expect(isReplaceBranchOf(text, "sync/image/20250305-210405")).toBe(false);
  expect(isReplaceBranchOf(text, "sync/text/mine")).toBe(false);
  expect(isReplaceBranchOf({}, "sync/multi-category/20250305-210405")).toBe(true);
});

test.each([
  ["a..b", "sync/models/a-.b"],
  ["x.lock", "sync/models/x-lock"],
  ["dot.", "sync/models/dot-"],
  ["v1.5", "sync/models/v1.5"],
])("the category %s makes a name that git takes", (category, name) => {
  expect(branchName({ ...batch, category }, update)).toBe(name);
});
