import { expect, test } from "vitest";
import { ids } from "./testing/fleet.ts";
import { rolloutCohorts } from "./rollout-cohorts.ts";

test("a share is rounded up, waves only grow, and the last one means all", () => {
  expect(new Set(rolloutCohorts(ids(3), [{ percent: 10 }, { percent: 100 }]).values())).toEqual(new Set([1, 2]));
  expect([...rolloutCohorts(ids(5), [{ count: 4 }, { count: 1 }]).values()]).toEqual([1, 1, 1, 1, 2]);
  expect([...rolloutCohorts(ids(2), [{ count: 9 }, { count: 9 }]).values()]).toEqual([1, 1]);
});

test("who goes first stays first when others leave", () => {
  const waves = [{ count: 2 }, { percent: 100 }];
  const before = rolloutCohorts(ids(9), waves);
  const first = [...before].filter(([, wave]) => wave === 1).map(([id]) => id);
  const fewer = ids(9).filter((id, index) => first.includes(id) || index % 2 === 0);

  const after = rolloutCohorts(fewer, waves);

  expect(first.map((id) => after.get(id))).toEqual([1, 1]);
});
