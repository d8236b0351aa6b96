import { expect, test } from "vitest";
import { compareCategory, type CategoryQuestion } from "../compare-category.ts";
import type { KeptRecords } from "./decide-target-edits.ts";

type Catalog = Record<string, object>;

interface Ways {
  readonly base?: Catalog | string;
  readonly kept?: KeptRecords;
  readonly target: Catalog;
  readonly source: Catalog;
}

function compare(targetEdits: "report" | "keep", { base, kept, target, source }: Ways) {
  const file = typeof base === "string" ? base : JSON.stringify(base);
  const question: CategoryQuestion = {
    source: JSON.stringify(source),
    target: JSON.stringify(target),
    base: base === undefined ? undefined : { file, kept },
    options: { order: "target", targetEdits },
  };
  const { wanted, ...rest } = compareCategory(question);
  const file2 = wanted.kind === "write" ? wanted.bytes.toString() : JSON.stringify(target);
  return { ...rest, wanted: JSON.parse(file2) as Catalog };
}

const a = { v: 1 };
const person = { by: "a person" };

test("report: a record only a person added is removed as the source says, and listed (I8)", () => {
  const seen = compare("report", { base: { a }, target: { a, mine: person }, source: { a } });
  expect(seen).toMatchObject({ removed: ["mine"], targetOnly: ["mine"], kept: {}, wanted: { a } });
  expect(seen.wanted).not.toHaveProperty("mine");
});

test("report: a record that the source gave and took back is no person's", () => {
  expect(compare("report", { base: { a, b: a }, target: { a, b: a }, source: { a } })).toMatchObject({
    removed: ["b"],
    targetOnly: [],
    overwritten: [],
  });
});

test("report: what a person changed is replaced, and listed (I8)", () => {
  expect(compare("report", { base: { a }, target: { a: person }, source: { a } })).toMatchObject({
    modified: [{ name: "a" }],
    overwritten: ["a"],
    wanted: { a },
  });
});

test("report: a person's change of a record that the source removed is listed as lost, not as theirs", () => {
  expect(compare("report", { base: { a, b: a }, target: { a, b: person }, source: { a } })).toMatchObject({
    removed: ["b"],
    targetOnly: [],
    overwritten: ["b"],
  });
});

test("keep: a record only a person added stays, and is no change", () => {
  expect(compare("keep", { base: { a }, target: { a, mine: person }, source: { a } })).toMatchObject({
    counts: { added: 0, removed: 0, modified: 0 },
    targetOnly: [],
    kept: { mine: null },
    wanted: { a, mine: person },
  });
});

test("keep: what a person changed stays while the source leaves it alone", () => {
  const seen = compare("keep", { base: { a, b: a }, target: { a: person, b: a }, source: { a, b: { v: 2 } } });
  expect(seen.wanted).toEqual({ a: person, b: { v: 2 } });
  expect(seen.modified.map(({ name }) => name)).toEqual(["b"]);
  expect(Object.keys(seen.kept)).toEqual(["a"]);
});

test("keep: once the source changes a record, the source wins, and that is listed", () => {
  expect(compare("keep", { base: { a }, target: { a: person }, source: { a: { v: 2 } } })).toMatchObject({
    wanted: { a: { v: 2 } },
    overwritten: ["a"],
    kept: {},
  });
});

test("keep: a record that person and source both add is the source's", () => {
  expect(compare("keep", { base: {}, target: { a: person }, source: { a } })).toMatchObject({
    wanted: { a },
    overwritten: ["a"],
  });
});

test("keep: a record that a person deleted comes back", () => {
  expect(compare("keep", { base: { a, b: a }, target: { a }, source: { a, b: a } })).toMatchObject({
    added: ["b"],
    kept: {},
  });
});

test("keep: what a merge kept stays kept, although the merged file has it and the source does not", () => {
  const first = compare("keep", {
    base: { a, b: a },
    target: { a: person, b: a, mine: person },
    source: { a, b: { v: 2 } },
  });
  const merged = first.wanted;
  const second = compare("keep", { base: merged, kept: first.kept, target: merged, source: { a, b: { v: 3 } } });
  expect(second.wanted).toEqual({ a: person, b: { v: 3 }, mine: person });
  expect(second.kept).toEqual(first.kept);
  const third = compare("keep", {
    base: merged,
    kept: first.kept,
    target: merged,
    source: { a: { v: 9 }, b: { v: 2 } },
  });
  expect(third.wanted).toEqual({ a: { v: 9 }, b: { v: 2 }, mine: person });
});

test("without a base nobody can tell, and the source wins", () => {
  expect(compare("keep", { target: { a, mine: person }, source: { a } })).toMatchObject({
    removed: ["mine"],
    targetOnly: [],
  });
});

test("a base that is no catalog is none, with a warning", () => {
  const seen = compare("keep", { base: "<<<<<<< HEAD", target: { a, mine: person }, source: { a } });
  expect(seen).toMatchObject({ removed: ["mine"], warnings: [{ code: "BASE_UNREADABLE" }] });
});
