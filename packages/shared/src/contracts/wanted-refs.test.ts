import { expect, test } from "vitest";
import { formatDelta, formatRefs, parseRefs } from "./wanted-refs.ts";

const [one, two] = ["1".repeat(40), "2".repeat(40)];

test("refs come back as they were written, whatever their order", () => {
  const refs = new Map([
    ["refs/tags/v1", two],
    ["refs/heads/main", one],
  ]);
  const text = formatRefs({ head: "refs/heads/main", refs });

  expect(text).toBe(formatRefs({ head: "refs/heads/main", refs: new Map([...refs].reverse()) }));
  expect(parseRefs(text)).toEqual({ head: "refs/heads/main", refs });
  expect(parseRefs(formatRefs({ head: undefined, refs: new Map() }))).toEqual({ head: undefined, refs: new Map() });
});

test.each([
  ["of another version", "lockstep-refs 2\nHEAD \n"],
  ["cut off in a line", `lockstep-refs 1\nHEAD \n${one} refs/heads/ma`],
  ["with an object that is none", "lockstep-refs 1\nHEAD \n1234 refs/heads/main\n"],
  ["with a name outside refs/", `lockstep-refs 1\nHEAD \n${one} HEAD\n`],
])("content %s is refused", (_, text) => {
  expect(parseRefs(text)).toBeUndefined();
});

test("a delta comes back as it was written", () => {
  const changes = new Map([
    ["refs/heads/main", one],
    ["refs/heads/gone", null],
  ]);
  const delta = { base: "a".repeat(64), head: undefined, changes };

  expect(parseRefs(formatDelta(delta))).toEqual(delta);
});
