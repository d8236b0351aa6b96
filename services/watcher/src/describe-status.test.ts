import { expect, test } from "vitest";
import { RouteName } from "@lockstep/shared/contracts";
import { describeStatus, type WatcherState } from "./describe-status.ts";

const nowMs = Date.parse("2026-05-01T10:00:00Z");
const idle: WatcherState = {
  isUp: true,
  routes: [],
  targets: { watched: 0, failing: [], nextMs: undefined },
  webhooks: undefined,
  counts: new Map(),
};

function route(name: string, afterMs: number, suspended?: boolean) {
  const failing =
    suspended === undefined ? undefined : { count: 3, sinceMs: 0, code: "SOURCE_TIMEOUT", message: "", suspended };
  return { route: RouteName.parse(name), nextMs: nowMs + afterMs, failing };
}

test("a watcher without routes says that it is alive", () => {
  expect(describeStatus(idle, nowMs)).toEqual({
    connected: true,
    routes: 0,
    next: {},
    failing: [],
    suspended: [],
    targets: { watched: 0, failing: [] },
    webhooks: "not configured",
    counts: {},
  });
});

test("it says what it waits for, the next first, and what is wrong", () => {
  const routes = [route("late", 60_000), route("soon", 1000), route("ill", 5000, false), route("off", 9000, true)];
  const targets = { watched: 2, failing: ["late.db"], nextMs: nowMs - 5 };
  const counts = new Map([["looked", 7]]);
  const line = describeStatus({ ...idle, routes, targets, webhooks: "http://127.0.0.1:8610", counts }, nowMs);

  expect(Object.entries(line.next)).toEqual([
    ["soon", "2026-05-01T10:00:01.000Z"],
    ["ill", "2026-05-01T10:00:05.000Z"],
    ["off", "2026-05-01T10:00:09.000Z"],
    ["late", "2026-05-01T10:01:00.000Z"],
  ]);
  expect(line).toMatchObject({
    failing: ["ill"],
    suspended: ["off"],
    targets: { watched: 2, failing: ["late.db"], next: "2026-05-01T10:00:00.000Z" },
    webhooks: "http://127.0.0.1:8610",
    counts: { looked: 7 },
  });
});

test("however many routes there are, the line stays a line", () => {
  const routes = Array.from({ length: 10_000 }, (_, index) => route(`route-${index}`, index, true));
  const line = describeStatus({ ...idle, routes }, nowMs);

  expect(line.routes).toBe(10_000);
  expect(line.suspended.at(-1)).toBe("… and 9980 more");
  expect(JSON.stringify(line).length).toBeLessThan(3000);
});
