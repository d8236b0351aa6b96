import { expect, test } from "vitest";
import { countBaseChanges, countBaseRecords, noGenerated, type ChangedNames } from "./count-base-changes.ts";
import { hordeTextBases } from "../transforms/horde-text.ts";

const trio = (name: string, model: string) => [name, `aphrodite/${name}`, `koboldcpp/${model}`];
const none: ChangedNames = { added: [], removed: [], modified: [] };

/** `names` are those of the file; those of the changes are of the source. */
function count(changes: Partial<ChangedNames>, names: readonly string[]) {
  const basesOf = hordeTextBases([...names, ...Object.values(changes).flat()]);
  return countBaseChanges({ ...none, ...changes }, { basesOf, present: (name) => names.includes(name) });
}

test("without a transform every record counts", () => {
  expect(countBaseRecords(trio("a/b", "b"), noGenerated)).toBe(3);
});

test("a record and its duplicates count once, whatever happens to them", () => {
  const names = [...trio("o/one", "one"), ...trio("two", "two"), ...trio("o/three", "three")];
  expect(countBaseRecords(names, hordeTextBases(names))).toBe(3);
  const changes = { added: trio("o/four", "four"), removed: trio("two", "two"), modified: trio("o/one", "one") };
  expect(count(changes, names)).toEqual({ added: 1, removed: 1, modified: 1 });
});

test("a base record that stays while its duplicates come or go is modified, once", () => {
  const names = trio("o/one", "one");
  expect(count({ added: ["aphrodite/o/one", "koboldcpp/one"] }, names)).toEqual({ added: 0, removed: 0, modified: 1 });
});

test("duplicates without a base record count as one", () => {
  const orphans = ["aphrodite/o/gone", "koboldcpp/gone"];
  expect(countBaseRecords(orphans, hordeTextBases(orphans))).toBe(1);
  expect(count({ removed: orphans }, orphans)).toEqual({ added: 0, removed: 1, modified: 0 });
});

test("a duplicate two base records share counts with the one that changes", () => {
  const names = [...trio("x/model", "model"), ...trio("y/model", "model")];
  const changes = { removed: ["y/model", "aphrodite/y/model"], modified: ["koboldcpp/model"] };
  expect(count(changes, names)).toEqual({ added: 0, removed: 1, modified: 0 });
});
