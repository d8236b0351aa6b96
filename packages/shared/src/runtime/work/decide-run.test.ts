import { check, constantFrom, integer, option, pre, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { decideRun, type Situation } from "./decide-run.ts";
import type { Attempts, Watermark } from "./progress.ts";

const created = "2026-01-01T00:00:00Z";
const nowMs = 1_000_000;

const mark = (seq: number, of = created): Watermark => ({ created: of, seq, record: undefined });
const tries = (seq: number, failures: number, waitMs: number): Attempts => ({
  created,
  seq,
  failures,
  nextTryAtMs: nowMs + waitMs,
});

const plain: Situation = {
  newest: { queueSeq: 7, seq: 100 },
  inHand: 7,
  created,
  watermark: undefined,
  attempts: undefined,
  nowMs,
};

describe("what is done about a key", () => {
  test.each<[string, Partial<Situation>, ReturnType<typeof decideRun>]>([
    ["nothing waits", { newest: undefined }, { kind: "done" }],
    ["the read is older than the delivery", { inHand: 8 }, { kind: "reread" }],
    ["the delivery is older than what waits", { inHand: 3 }, { kind: "run", attempt: 1 }],
    ["a sibling is looked at, without a delivery", { inHand: undefined }, { kind: "run", attempt: 1 }],
    ["the watermark is below", { watermark: mark(99) }, { kind: "run", attempt: 1 }],
    ["the watermark is at it", { watermark: mark(100) }, { kind: "done" }],
    ["the watermark has passed it", { watermark: mark(101) }, { kind: "done" }],
    ["the watermark is another stream's", { watermark: mark(500, "other") }, { kind: "run", attempt: 1 }],
    ["a failed try waits for its time", { attempts: tries(100, 2, 30) }, { kind: "wait", delayMs: 30 }],
    ["a failed try's time has come", { attempts: tries(100, 2, 0) }, { kind: "run", attempt: 3 }],
    ["a newer change of a failing key waits too", { attempts: tries(90, 1, 30) }, { kind: "wait", delayMs: 30 }],
    ["a newer change of a failing key counts on", { attempts: tries(90, 1, -1) }, { kind: "run", attempt: 2 }],
    ["a postponed event waits", { attempts: tries(100, 0, 30) }, { kind: "wait", delayMs: 30 }],
    ["a newer change does not wait for a postponed one", { attempts: tries(90, 0, 30) }, { kind: "run", attempt: 1 }],
    [
      "the failures were before the watermark",
      { attempts: tries(90, 4, 30), watermark: mark(90) },
      { kind: "run", attempt: 1 },
    ],
    [
      "the failures are another stream's",
      { attempts: { ...tries(100, 4, 30), created: "other" } },
      { kind: "run", attempt: 1 },
    ],
    [
      "it is done, and failures are still noted",
      { attempts: tries(100, 4, 30), watermark: mark(100) },
      { kind: "done" },
    ],
  ])("%s", (_when, change, decision) => {
    expect(decideRun({ ...plain, ...change })).toEqual(decision);
  });
});

const sequences = integer({ min: 1, max: 30 });
const streams = constantFrom(created, "other");
const situations = record({
  newest: option(record({ queueSeq: sequences, seq: sequences }), { nil: undefined }),
  inHand: option(sequences, { nil: undefined }),
  created: streams,
  watermark: option(
    record({ seq: sequences, created: streams }).map(({ seq, created: of }) => mark(seq, of)),
    { nil: undefined },
  ),
  attempts: option(
    record({
      seq: sequences,
      failures: integer({ min: 0, max: 9 }),
      wait: integer({ min: -50, max: 50 }),
      of: streams,
    }).map(({ seq, failures, wait, of }) => ({ ...tries(seq, failures, wait), created: of })),
    { nil: undefined },
  ),
  nowMs: constantFrom(nowMs),
});

const isPassed = ({ newest, watermark, created: now }: Situation) =>
  newest !== undefined && watermark?.created === now && newest.seq <= watermark.seq;

describe("whatever the situation", () => {
  test("nothing at or below the watermark is ever run (I3)", () => {
    const checked = check(
      property(situations, (situation) => {
        pre(situation.newest === undefined || isPassed(situation));

        return decideRun(situation).kind !== "run";
      }),
    );

    expect(checked).toMatchObject({ failed: false });
  });

  test("what is above it is carried out: at once, or after a wait that ends (I2)", () => {
    const checked = check(
      property(situations, (situation) => {
        const { newest, inHand } = situation;
        pre(newest !== undefined && !isPassed(situation) && (inHand ?? 0) <= newest.queueSeq);

        const decision = decideRun(situation);
        if (decision.kind !== "wait") return decision.kind === "run";
        return decision.delayMs > 0 && decideRun({ ...situation, nowMs: nowMs + decision.delayMs }).kind === "run";
      }),
    );

    expect(checked).toMatchObject({ failed: false });
  });

  test("deciding again after it was carried out ends it (I3)", () => {
    const checked = check(
      property(situations, (situation) => {
        pre(decideRun(situation).kind === "run" && situation.newest !== undefined);

        const carriedOut = { ...situation, watermark: mark(situation.newest?.seq ?? 0, situation.created) };
        return decideRun(carriedOut).kind === "done";
      }),
    );

    expect(checked).toMatchObject({ failed: false });
  });

  test("an attempt is the first, or one more than the failures counted", () => {
    const checked = check(
      property(situations, (situation) => {
        const decision = decideRun(situation);
        pre(decision.kind === "run");

        return [1, (situation.attempts?.failures ?? 0) + 1].includes(decision.attempt);
      }),
    );

    expect(checked).toMatchObject({ failed: false });
  });
});
