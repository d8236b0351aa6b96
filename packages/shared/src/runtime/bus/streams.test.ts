import { expect, test } from "vitest";
import * as contracts from "../../contracts/index.ts";
import { eventsStream, deadStream, workQueues, workStream } from "./streams.ts";

const everySubject = Object.values(contracts)
  .filter((value) => typeof value === "object" && "everySubject" in value)
  .map(({ everySubject }) => everySubject);

test("every event has a stream that takes it, or publishing it would fail (spec: bus, trap 11)", () => {
  expect(everySubject.length).toBeGreaterThan(4);
  for (const subject of everySubject)
    expect([eventsStream, deadStream].flatMap(({ subjects }) => subjects)).toContain(subject);
});

test("a work queue keeps the newest message of each subject, and takes it from EVENTS alone", () => {
  for (const stream of workQueues.map(workStream)) {
    expect(stream).toMatchObject({ retention: "workqueue", max_msgs_per_subject: 1, discard: "old" });
    expect(stream.subjects).toBeUndefined();
    expect(stream.sources).toMatchObject([{ name: "EVENTS" }]);
  }
});

test("the rest of an event's subject follows the queue's prefix", () => {
  expect(workQueues.map((queue) => workStream(queue).sources?.[0]?.subject_transforms)).toEqual([
    [{ src: "lockstep.change-detected.>", dest: "work.comparator.>" }],
    [
      { src: "lockstep.diff-computed.catalog.>", dest: "work.publisher.catalog.>" },
      { src: "lockstep.diff-computed.mirror.>", dest: "work.publisher.mirror.>" },
    ],
    [{ src: "lockstep.diff-computed.deployment.>", dest: "work.updater.deployment.>" }],
  ]);
});
