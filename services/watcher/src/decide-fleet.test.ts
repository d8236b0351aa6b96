import { InstanceInventory } from "@lockstep/shared/contracts";
import { expect, test } from "vitest";
import { decideFleet } from "./decide-fleet.ts";

function inventory(instance: string, changes: Partial<InstanceInventory> = {}): InstanceInventory {
  return InstanceInventory.parse({
    route: "studio",
    instance,
    holder: "pod",
    runtime: 4,
    components: {},
    skipComponents: [],
    release: null,
    health: "healthy",
    heartbeatAt: "2026-01-01T00:00:00Z",
    ...changes,
  });
}

const nowMs = 1_000_000;
const seen = (...inventories: InstanceInventory[]) =>
  decideFleet({ before: undefined, inventories, dueMs: undefined, nowMs }).cursor;
const causesOf = (before: ReturnType<typeof seen>, ...inventories: InstanceInventory[]) =>
  decideFleet({ before, inventories, dueMs: undefined, nowMs }).causes;

test("the first installation is news, an empty fleet is none", () => {
  const look = { before: undefined, dueMs: undefined, nowMs };

  expect(decideFleet({ ...look, inventories: [inventory("a")] }).causes).toMatchObject([{ kind: "rollout" }]);
  expect(decideFleet({ ...look, inventories: [] }).causes).toEqual([]);
});

test("a heartbeat, a start and another order are no news", () => {
  const before = seen(inventory("a"), inventory("b"));

  const later = inventory("a", { heartbeatAt: "2026-01-02T00:00:00Z", health: "starting" });
  expect(causesOf(before, inventory("b"), later)).toEqual([]);
});

test.each([
  ["comes", [inventory("a"), inventory("b")]],
  ["goes", []],
  ["has a newer image", [inventory("a", { runtime: 5 })]],
  ["has a new component", [inventory("a", { components: { ["backend" as never]: { version: 1, object: null } } })]],
  ["leaves a component out", [inventory("a", { skipComponents: ["models" as never] })]],
  ["has become unhealthy", [inventory("a", { health: "unhealthy" })]],
])("an installation that %s is news", (_what, now) => {
  expect(causesOf(seen(inventory("a")), ...now)).toHaveLength(1);
});

test("there and back are two occurrences, and replicas that see the same name it alike (I3)", () => {
  const one = inventory("a");
  const other = inventory("a", { runtime: 5 });
  const first = decideFleet({ before: seen(one), inventories: [other], dueMs: undefined, nowMs });
  const second = decideFleet({ before: first.cursor, inventories: [one], dueMs: undefined, nowMs });
  const third = decideFleet({ before: second.cursor, inventories: [other], dueMs: undefined, nowMs });

  expect(new Set([first, second, third].map(({ causes }) => causes[0]?.id)).size).toBe(3);
  expect(decideFleet({ before: seen(one), inventories: [other], dueMs: undefined, nowMs })).toEqual(first);
});

test("a time that the comparator waits for is said once it has come, and again only if that moved nothing", () => {
  const inventories = [inventory("a")];
  const before = seen(...inventories);
  const early = decideFleet({ before, inventories, dueMs: nowMs + 1, nowMs });
  const due = decideFleet({ before: early.cursor, inventories, dueMs: nowMs + 1, nowMs: nowMs + 1 });
  const again = decideFleet({ before: due.cursor, inventories, dueMs: nowMs + 1, nowMs: nowMs + 2 });

  const late = decideFleet({ before: again.cursor, inventories, dueMs: nowMs + 1, nowMs: nowMs + 60_000 });

  expect([early, due, again, late].map(({ causes }) => causes.map(({ id }) => id))).toEqual([
    [],
    [`due:${nowMs + 1}:1`],
    [],
    [`due:${nowMs + 1}:2`],
  ]);
});
