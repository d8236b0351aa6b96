import { expect, test } from "vitest";
import { continueTrace, startTrace } from "./trace-context.ts";

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

test("a trace that begins is a valid traceparent, sampled, and another one each time", () => {
  expect(startTrace().traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(startTrace().traceparent).not.toBe(startTrace().traceparent);
});

test("a trace that goes on keeps its id and flags, and gets a span of its own", () => {
  const { traceparent } = continueTrace({ traceparent: parent.replace(/01$/, "00") });

  expect(traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/);
  expect(traceparent).not.toContain("b7ad6b7169203331");
});

test("the vendors' part of a trace travels along, and only if there is one", () => {
  expect(continueTrace({ traceparent: parent, tracestate: "a=1" })).toHaveProperty("tracestate", "a=1");
  expect(continueTrace({ traceparent: parent })).not.toHaveProperty("tracestate");
});

test.each([
  undefined,
  "",
  "garbage",
  parent.replace("0af7651916cd43dd8448eb211c80319c", "0".repeat(32)),
  parent.replace("b7ad6b7169203331", "0".repeat(16)),
  parent.replace(/^00/, "ff"),
  `${parent}-extra`,
])("a parent of %j starts a new trace", (traceparent) => {
  const next = continueTrace(traceparent === undefined ? undefined : { traceparent, tracestate: "a=1" });

  expect(next.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(next.traceparent).not.toContain("0af7651916cd43dd8448eb211c80319c");
  expect(next).not.toHaveProperty("tracestate");
});
