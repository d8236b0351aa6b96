import type { StoredMsg } from "@nats-io/jetstream";
import { headers } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { storedMessage } from "./messages.ts";

function stored(header: Readonly<Record<string, string>>): StoredMsg {
  const all = headers();
  for (const [name, value] of Object.entries(header)) all.set(name, value);
  const message = { subject: "work.comparator.catalog.text", seq: 7, timestamp: "2026-01-01T00:00:00Z", header: all };
  return Object.assign(Object.create(null) as StoredMsg, message, { string: () => "{}" });
}

test("a message of a work queue knows its sequence on EVENTS", () => {
  const source = "EVENTS 42 lockstep.change-detected.> work.comparator.> lockstep.change-detected.catalog.text";

  expect(storedMessage(stored({ "Nats-Stream-Source": source, "Nats-Msg-Id": "id", "ce-type": "type" }))).toEqual({
    subject: "work.comparator.catalog.text",
    seq: 7,
    time: "2026-01-01T00:00:00Z",
    body: "{}",
    type: "type",
    id: "id",
    trace: undefined,
    sourceSeq: 42,
  });
});

test.each(["", "EVENTS", "EVENTS x", "EVENTS -1 a", "EVENTS 0 a", "EVENTS 1.5 a"])(
  "a message whose source is %j has no sequence there",
  (source) => {
    const header: Readonly<Record<string, string>> = source === "" ? {} : { "Nats-Stream-Source": source };

    expect(storedMessage(stored(header)).sourceSeq).toBeUndefined();
  },
);
