import { assert, constantFrom, dictionary, property } from "fast-check";
import { expect, test } from "vitest";
import { planPushes, planRefUpdates, type RefPlanQuestion } from "./plan-ref-updates.ts";

const names = constantFrom("refs/heads/a", "refs/heads/a/b", "refs/heads/c", "refs/tags/v1", "refs/tags/v2");
const refs = dictionary(names, constantFrom("1", "2", "3")).map((all) => new Map(Object.entries(all)));

function question(given: Partial<RefPlanQuestion>): RefPlanQuestion {
  const none = new Map<string, string>();
  const policy = { prune: true, diverged: "overwrite" as const };
  return { wanted: none, present: none, acknowledged: undefined, refused: none, ...policy, ...given };
}

test("carrying out a plan gives what is wanted, whatever was there, and then nothing is left to do", () => {
  assert(
    property(refs, refs, (wanted, present) => {
      const after = new Map<string, string>(present);
      for (const { ref, from, to } of planPushes(planRefUpdates(question({ wanted, present }))).flat()) {
        expect(after.get(ref)).toBe(from);
        if (to === undefined) after.delete(ref);
        else after.set(ref, to);
      }
      expect(after).toEqual(wanted);
      expect(planPushes(planRefUpdates(question({ wanted, present: after })))).toEqual([]);
    }),
  );
});

test("each change holds the value that the destination has as its lease", () => {
  const wanted = new Map([
    ["refs/heads/a", "2"],
    ["refs/heads/new", "1"],
  ]);
  const present = new Map([
    ["refs/heads/a", "1"],
    ["refs/heads/old", "1"],
  ]);

  expect(planRefUpdates(question({ wanted, present }))).toMatchObject({
    created: [{ ref: "refs/heads/new", from: undefined, to: "1" }],
    moved: [{ ref: "refs/heads/a", from: "1", to: "2" }],
    deleted: [{ ref: "refs/heads/old", from: "1", to: undefined }],
  });
});

test("without prune nothing is deleted", () => {
  expect(planRefUpdates(question({ present: new Map([["refs/heads/a", "1"]]), prune: false })).deleted).toEqual([]);
});

test("I8: a ref that somebody else moved is diverged, and left alone where that is to be kept", () => {
  const moved = {
    wanted: new Map([["refs/heads/a", "3"]]),
    present: new Map([["refs/heads/a", "2"]]),
    acknowledged: new Map([["refs/heads/a", "1"]]),
  };
  const overwritten = planRefUpdates(question(moved));
  const kept = planRefUpdates(question({ ...moved, diverged: "keep" }));

  expect(overwritten.moved).toHaveLength(1);
  expect(kept).toMatchObject({ moved: [], left: [{ ref: "refs/heads/a" }] });
  for (const { diverged } of [overwritten, kept]) expect(diverged).toMatchObject([{ from: "2", known: "1", to: "3" }]);
});

test("what was refused is offered again only with another value", () => {
  const refused = new Map([["refs/heads/a", "2"]]);
  const plan = (to: string) => planRefUpdates(question({ wanted: new Map([["refs/heads/a", to]]), refused }));

  expect(plan("2")).toMatchObject({ created: [], left: [{ to: "2" }] });
  expect(plan("3")).toMatchObject({ created: [{ to: "3" }], left: [] });
});

test("what stands in the way of a new ref is deleted in a push before it", () => {
  const wanted = new Map([["refs/heads/a/b", "1"]]);
  const present = new Map([
    ["refs/heads/a", "1"],
    ["refs/heads/c", "1"],
  ]);
  const pushes = planPushes(planRefUpdates(question({ wanted, present })));

  expect(pushes.map((push) => push.map(({ ref }) => ref))).toEqual([
    ["refs/heads/a"],
    ["refs/heads/a/b", "refs/heads/c"],
  ]);
});
