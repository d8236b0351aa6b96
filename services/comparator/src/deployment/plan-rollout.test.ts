import { DiffId, TargetName } from "@lockstep/shared/contracts";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Fleet, ids, inOrder, minute, release, start } from "./testing/fleet.ts";
import { planRollout } from "./plan-rollout.ts";

test("manual: every update is offered, and nothing is remembered", () => {
  const fleet = new Fleet(2, "waves: [1, 100%]");
  const question = {
    apply: "manual" as const,
    policy: fleet.policy,
    release,
    before: undefined,
    resumedSeq: 0,
    seq: 1,
  };

  const plan = planRollout({ ...question, instances: [...fleet.instances.values()], nowMs: start });

  expect(plan.state).toBeUndefined();
  expect([...plan.turns.values()]).toEqual([{ action: "offer" }, { action: "offer" }]);
});

test("waves of counts and shares follow one another, each after the end and the soak of the one before", () => {
  const fleet = new Fleet(8, "waves: [1, 50%, 100%], soak: 5m");
  const order = inOrder(8);

  expect(fleet.begun()).toEqual(order.slice(0, 1));
  expect(fleet.later(10 * minute).begun()).toEqual(order.slice(0, 1));
  for (const id of order.slice(0, 1)) fleet.set(id, { state: "done" });
  expect(fleet.begun()).toEqual([]);
  expect(fleet.state?.nextLookAtMs).toBe(fleet.nowMs + 5 * minute);
  expect(fleet.later(5 * minute - 1).begun()).toEqual([]);
  expect(fleet.later(1).begun().toSorted()).toEqual(order.slice(1, 4).toSorted());
  for (const id of order.slice(1, 4)) fleet.set(id, { state: "done" });
  fleet.look();
  expect(fleet.later(5 * minute).begun()).toHaveLength(4);
});

test("a wave in which nobody needs anything is over at once, without a soak", () => {
  const fleet = new Fleet(4, "waves: [1, 100%], soak: 1h");
  const [first] = inOrder(4);
  if (first !== undefined) fleet.set(first, { state: "blocked" });

  expect(fleet.begun()).toHaveLength(3);
});

test("a failure halts: those that were begun go on, nobody else is begun, and all are told why", () => {
  const fleet = new Fleet(4, "waves: [2, 100%]");
  const [bad, good, waiting] = inOrder(4);
  if (bad === undefined || good === undefined || waiting === undefined) throw new Error("no fleet");
  fleet.look();
  fleet.fail(bad, "health check: 500");

  const { turns, state } = fleet.look();

  expect(state?.halted).toMatchObject({ instance: bad, reason: "health check: 500" });
  expect(turns.get(bad)).toMatchObject({ action: "offer", reason: "failed: health check: 500" });
  expect(turns.get(good)).toMatchObject({ action: "apply" });
  expect(turns.get(waiting)?.reason).toContain(`halted: ${bad}`);
});

test("a failed installation whose key expired lifts no halt, nor does a day", () => {
  const fleet = new Fleet(3, "waves: [1, 100%], soak: 0s");
  const [bad] = inOrder(3);
  if (bad === undefined) throw new Error("no fleet");
  fleet.look();
  fleet.fail(bad);
  fleet.look();
  fleet.instances.delete(bad);

  expect(fleet.later(24 * 60 * minute).begun()).toEqual([]);
  expect(fleet.state?.halted?.instance).toBe(bad);
});

test("an installation that dies during its update fails when its time is over, though its key is gone", () => {
  const fleet = new Fleet(3, "waves: [1, 100%], timeout: 30m");
  const [bad] = fleet.begun();
  if (bad === undefined) throw new Error("nobody was begun");
  fleet.instances.delete(bad);

  expect(fleet.begun()).toEqual([]);
  expect(fleet.state?.nextLookAtMs).toBe(start + 30 * minute);
  expect(fleet.later(30 * minute).begun()).toEqual([]);
  expect(fleet.state?.halted?.reason).toBe("not finished after 1800 s");
});

test("an installation that becomes unhealthy during the soak halts too", () => {
  const fleet = new Fleet(3, "waves: [1, 100%], soak: 5m");
  const [bad] = fleet.begun();
  if (bad === undefined) throw new Error("nobody was begun");
  fleet.set(bad, { state: "done" });
  fleet.look();
  fleet.set(bad, { isUnhealthy: true });

  expect(fleet.later(5 * minute).begun()).toEqual([]);
  expect(fleet.state?.halted?.reason).toBe("unhealthy after the update");
});

test("a person lifts a halt once: the failure is excused, the next one halts again", () => {
  const fleet = new Fleet(3, "waves: [1, 100%], soak: 0s");
  const [bad, next] = inOrder(3);
  if (bad === undefined || next === undefined) throw new Error("no fleet");
  fleet.look();
  fleet.fail(bad);
  fleet.look();
  fleet.resumedSeq = fleet.seq + 1;

  expect(fleet.begun()).toHaveLength(2);
  fleet.fail(next);
  fleet.look();
  expect(fleet.state?.halted?.instance).toBe(next);
});

test("continue: a failure is passed over", () => {
  const fleet = new Fleet(2, "waves: [1, 100%], soak: 0s, onFailure: continue");
  const [bad] = fleet.begun();
  if (bad === undefined) throw new Error("nobody was begun");
  fleet.fail(bad);

  expect(fleet.begun()).toEqual(inOrder(2).slice(1));
});

test("another release begins anew, whatever became of the one before", () => {
  const fleet = new Fleet(2, "waves: [1, 100%]");
  const [bad] = fleet.begun();
  if (bad === undefined) throw new Error("nobody was begun");
  fleet.fail(bad);
  fleet.look();
  fleet.set(bad, { failure: undefined });
  if (fleet.state !== undefined) fleet.state = { ...fleet.state, diffId: DiffId.parse("c".repeat(64)) };

  expect(fleet.begun()).toEqual([bad]);
  expect(fleet.state?.halted).toBeUndefined();
});

test("outside of its windows nobody is begun, and the opening is looked at, in the window's own time zone", () => {
  const fleet = new Fleet(1, "windows: [{ cron: 0 2 * * *, duration: 4h, timeZone: Europe/Berlin }]");

  const { turns } = fleet.look();

  expect([...turns.values()]).toMatchObject([{ action: "offer", reason: expect.stringContaining("window") }]);
  expect(new Date(fleet.state?.nextLookAtMs ?? 0).toISOString()).toBe("2026-03-03T01:00:00.000Z");
  expect(fleet.later(13 * 60 * minute).begun()).toHaveLength(1);
});

test("a window that cannot be read says which", () => {
  const fleet = new Fleet(1, 'windows: [{ cron: "61 * * * *", duration: 1h }]');

  expect(() => fleet.look()).toThrow("61 * * * *");
});

test("a pinned installation is in no wave and is only offered", () => {
  const fleet = new Fleet(2, "waves: [1, 100%]");
  const [first, second] = inOrder(2);
  if (first === undefined || second === undefined) throw new Error("no fleet");
  fleet.set(first, { pinned: true });

  expect(fleet.begun()).toEqual([second]);
  expect(fleet.look().turns.get(first)).toMatchObject({ action: "offer", reason: "pinned by the configuration" });
});

const step = fc.record({
  who: fc.nat(11),
  what: fc.constantFrom("done", "fail", "vanish", "appear", "unhealthy", "nothing"),
  ms: fc.nat(10 * minute),
});

test("whatever happens, and however often it is looked at: no wave is overtaken, and nobody is begun after a halt", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const fleet = new Fleet(12, "waves: [1, 25%, 100%], soak: 5m, timeout: 20m");
      const all = ids(12);
      for (const { who, what, ms } of steps) {
        const before = fleet.later(ms).state;
        const id = all[who] ?? TargetName.parse("gpu-0");
        const isBegun = before?.started[id] !== undefined;
        if (what === "done" && isBegun) fleet.set(id, { state: "done" });
        if (what === "fail" && isBegun) fleet.fail(id);
        if (what === "unhealthy" && isBegun) fleet.set(id, { isUnhealthy: true });
        if (what === "vanish") fleet.instances.delete(id);
        if (what === "appear") fleet.set(id, {});
        const first = fleet.look();
        const second = fleet.look();
        expect(second.turns).toEqual(first.turns);
        const { started, wave, halted } = second.state ?? { started: {}, wave: 0, halted: undefined };
        expect(Object.keys(started)).toEqual(expect.arrayContaining(Object.keys(before?.started ?? {})));
        expect(Math.max(0, ...Object.values(started).map((begun) => begun.wave))).toBeLessThanOrEqual(wave);
        if (before?.halted !== undefined) expect(halted).toEqual(before.halted);
        if (before?.halted !== undefined) expect(Object.keys(started)).toEqual(Object.keys(before.started));
      }
    }),
    { numRuns: 200 },
  );
});

test("a failure counts from the change under which the installation was begun, an older one was another try", () => {
  const fleet = new Fleet(1, "");
  const [id] = ids(1);
  if (id === undefined) throw new Error("no fleet");
  fleet.set(id, { failure: { seq: fleet.seq, reason: "a click, before", held: false } });

  expect(fleet.begun()).toEqual([id]);
  expect(fleet.begun()).toEqual([id]);
  fleet.set(id, { failure: { seq: fleet.seq - 1, reason: "not healthy", held: false } });
  expect(fleet.begun()).toEqual([]);
  expect(fleet.state?.halted?.reason).toBe("not healthy");
});
