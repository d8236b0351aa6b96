import { array, assert, boolean, constantFrom, option, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import type { CategorySeen } from "./cursor.ts";
import { decideFetch, decidePoll, revisionNow, revisionOf, type Observation } from "./decide-poll.ts";

const validators = {};
/** An answer at second 100. */
const dateMs = 100_000;

function seen(hash: string, lastUpdated?: number | null, more: Partial<CategorySeen> = {}): CategorySeen {
  return { hash, settled: true, ...(lastUpdated === undefined ? {} : { lastUpdated }), ...more };
}

function content(hash: string, lastUpdated: number | null | undefined): Observation {
  return { kind: "content", hash, lastUpdated, validators, dateMs };
}

function poll(before: CategorySeen, observation: Observation) {
  return decidePoll({ categories: { a: before } }, new Map([["a", observation]]));
}

test("the first poll sets the baseline and is no change", () => {
  const decision = decidePoll({}, new Map([["a", content("h", 10)]]));

  expect(decision).toEqual({ kind: "baseline", categories: { a: seen("h", 10) } });
});

test.each([
  ["a newer timestamp", seen("h", 10), content("i", 20)],
  ["a timestamp that goes backwards: a restore", seen("h", 10), content("i", 5)],
  ["a newer timestamp of the same content", seen("h", 10), content("h", 20)],
  ["null that becomes a value", seen("h", null), content("h", 10)],
  ["a value that becomes null", seen("h", 10), content("h", null)],
  ["equal seconds with another hash", seen("h", 10), content("i", 10)],
  ["null and null with another hash", seen("h", null), content("i", null)],
  ["another hash, metadata or not", seen("h"), content("i", undefined)],
  ["another hash while metadata is away", seen("h", 10), content("i", undefined)],
])("%s is a change", (_what, before, observation) => {
  const decision = poll(before, observation);

  expect(decision).toMatchObject({ kind: "changed", revision: revisionOf(decision.categories) });
});

test.each([
  ["the same timestamp", seen("h", 10), { kind: "same-timestamp", lastUpdated: 10 } as const],
  ["a validator that still holds", seen("h", 10), { kind: "not-modified", lastUpdated: 10, dateMs } as const],
  ["the same content without metadata", seen("h"), content("h", undefined)],
  ["the same content while metadata is away", seen("h", 10), content("h", undefined)],
  ["metadata that comes back with the time it had", seen("h", 10), content("h", 10)],
  ["metadata that appears for content that is the same", seen("h"), content("h", 10)],
])("%s is no change", (_what, before, observation) => {
  expect(poll(before, observation).kind).toBe("unchanged");
});

test("metadata that goes away and comes back is no change, both times", () => {
  const away = poll(seen("h", 10), content("h", undefined));
  const back = decidePoll(away, new Map([["a", { kind: "same-timestamp", lastUpdated: 10 } as const]]));

  expect([away.kind, back.kind]).toEqual(["unchanged", "unchanged"]);
});

test("a category that cannot be read keeps its baseline and leaves the others alone (I10)", () => {
  const baseline = { a: seen("h", 10), b: seen("h", 10) };
  const decision = decidePoll(
    { categories: baseline },
    new Map([
      ["a", undefined],
      ["b", content("i", 20)],
    ]),
  );

  expect(decision).toMatchObject({ kind: "changed", categories: { a: baseline.a, b: { hash: "i" } } });
});

test("a category that could not be read at first is a change once it can", () => {
  const first = decidePoll({}, new Map([["a", undefined]]));
  const second = decidePoll(first, new Map([["a", content("h", 10)]]));

  expect([first.kind, second.kind]).toEqual(["baseline", "changed"]);
});

test("a category that is no longer configured is forgotten without a word", () => {
  const decision = decidePoll(
    { categories: { a: seen("h", 10), b: seen("h", 10) } },
    new Map([["a", content("h", 10)]]),
  );

  expect(decision).toEqual({ kind: "unchanged", categories: { a: seen("h", 10) } });
});

test("a change that may have been announced is followed by another, though the source is back where it was (I6)", () => {
  const categories = { a: seen("h", 10) };
  const decision = decidePoll({ categories, announcing: "b" }, new Map([["a", content("h", 10)]]));

  expect(decision).toEqual({ kind: "changed", categories, revision: revisionOf(categories) });
});

test("a cursor without a baseline has a revision all the same", () => {
  expect(revisionNow(undefined)).toBe("unknown");
  expect(revisionNow({ categories: { a: seen("h", 10) } })).toBe(revisionOf({ a: seen("h", 10) }));
});

describe("the content is asked for", () => {
  test.each([
    ["nothing was seen", undefined, 10],
    ["the timestamp differs", seen("h", 10), 11],
    ["the timestamp went backwards", seen("h", 10), 9],
    ["there is no timestamp", seen("h", null), null],
    ["there is no metadata", seen("h", 10), undefined],
    ["it was read within the second of its timestamp", seen("h", 10, { settled: false }), 10],
  ])("when %s", (_when, before, lastUpdated) => {
    expect(decideFetch(before, lastUpdated)).toBe(true);
  });

  test("but not when the timestamp says enough", () => {
    expect(decideFetch(seen("h", 10), 10)).toBe(false);
  });
});

test.each([
  ["a second later", 101_000, true],
  ["within its second", 100_999, false],
  ["by a source without a clock", undefined, false],
])("content that was read %s is settled or not", (_when, at, settled) => {
  const decision = poll(seen("h", 99), { kind: "content", hash: "i", lastUpdated: 100, validators, dateMs: at });

  expect(decision.categories["a"]?.settled).toBe(settled);
});

/** A source as it stands at a poll, and whether the watcher dies after its event, before its cursor. */
const step = record({
  hash: constantFrom("h", "i", "j"),
  lastUpdated: option(constantFrom(10, 20, 100), { nil: null }),
  metadata: boolean(),
  dies: boolean(),
});

test("every difference between polls leads to one event, and none is missed or repeated over restarts", () => {
  assert(
    property(array(step, { maxLength: 20 }), (steps) => {
      let cursor: { categories?: Record<string, CategorySeen>; announcing?: string; generation: number } = {
        generation: 0,
      };
      const published = new Map<string, string>();
      let heard: string | undefined;
      for (const { hash, lastUpdated, metadata, dies } of steps) {
        const told = metadata ? lastUpdated : undefined;
        const known = cursor.categories?.["a"];
        const observation: Observation = decideFetch(known, told)
          ? content(hash, told)
          : { kind: "same-timestamp", lastUpdated: told };
        // A timestamp that stands still while the content changes would be a source that lies.
        if (observation.kind === "same-timestamp" && known?.hash !== hash) return;
        const decision = decidePoll(cursor, new Map([["a", observation]]));
        const before = published.size;
        if (decision.kind === "changed") {
          const id = `${cursor.generation}:${decision.revision}`;
          published.set(id, decision.revision);
          heard = hash;
          if (dies) cursor = { ...cursor, announcing: decision.revision };
        }
        const differs = known !== undefined && known.hash !== hash;
        if (differs) expect(decision.kind).toBe("changed");
        if (known?.hash === hash && !metadata && cursor.announcing === undefined) expect(published.size).toBe(before);
        if (decision.kind === "baseline") heard = hash;
        // Whoever was told last was told when the source stood as it stands now.
        expect(heard).toBe(hash);
        if (decision.kind === "changed" && dies) continue;
        const generation = cursor.generation + (decision.kind === "unchanged" ? 0 : 1);
        cursor = { categories: { ...decision.categories }, generation };
      }
    }),
    { numRuns: 2000 },
  );
});
