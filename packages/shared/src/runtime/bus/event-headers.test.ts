import { headers } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { eventHeaders, traceOf } from "./event-headers.ts";

const event = { subject: "lockstep.trigger.text", id: "trigger:text:1", type: "lockstep.trigger.v1", data: {} };
const trace = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: "a=1" };

test("an event carries the CloudEvents attributes and its trace, and both can be read back", () => {
  const sent = eventHeaders(event, "lockstep/watcher", trace);

  expect(
    Object.fromEntries(["specversion", "id", "type", "source"].map((name) => [name, sent.get(`ce-${name}`)])),
  ).toEqual({
    specversion: "1.0",
    id: "trigger:text:1",
    type: "lockstep.trigger.v1",
    source: "lockstep/watcher",
  });
  expect(Date.parse(sent.get("ce-time"))).not.toBeNaN();
  expect(traceOf(sent)).toEqual(trace);
});

test("an event that was sent by hand has no trace", () => {
  expect(traceOf(undefined)).toBeUndefined();
  expect(traceOf(headers())).toBeUndefined();
});
