import { expect, test } from "vitest";
import { hashDelta, readDeltaTrailer, withDeltaTrailer } from "./delta-trailer.ts";

const a = { path: "a", mode: "100644", oid: "1".repeat(40) };
const b = { path: "b", mode: "100755", oid: "2".repeat(40) };

test("the order of the entries does not matter, everything in them does", () => {
  expect(hashDelta([a, b])).toBe(hashDelta([b, a]));
  const others = [[a], [a, { ...b, path: "c" }], [a, { ...b, mode: "100644" }], [a, { ...b, oid: a.oid }]];
  expect(new Set([[a, b], ...others].map(hashDelta)).size).toBe(5);
});

test("a message's trailer is read back as it was written", () => {
  const delta = hashDelta([a]);
  expect(readDeltaTrailer(withDeltaTrailer("Sync models\n\nAdded 1 model:\n  + x\n", delta))).toBe(delta);
});

test("it joins the trailers that a message has", () => {
  const delta = hashDelta([a]);
  expect(withDeltaTrailer("Sync\n\nCo-authored-by: P <p@x>", delta)).toBe(
    `Sync\n\nCo-authored-by: P <p@x>\nLockstep-Delta: ${delta}\n`,
  );
  expect(withDeltaTrailer("Sync: all", delta)).toBe(`Sync: all\n\nLockstep-Delta: ${delta}\n`);
});

test("a message without a whole trailer has none", () => {
  expect(readDeltaTrailer("Fix a typo\n\nLockstep-Delta: 1234")).toBeUndefined();
});
