import { expect, test } from "vitest";
import { createFaults } from "./fault-set.ts";
import type { Effect } from "./forge/effects.ts";
import { strike } from "./forge/strike.ts";

const delay = { kind: "delay", ms: 5 } as const;

test("a fault meets requests of its method and path, as often as it says, after those it lets pass", () => {
  const faults = createFaults<Effect>();
  const placed = faults.add({ method: "post", path: "/api/v3/repos/*/pulls", skip: 1, times: 2, effect: delay });
  const create = () => faults.take("POST", "/api/v3/repos/acme/models/pulls").length;

  expect(faults.take("GET", "/api/v3/repos/acme/models/pulls")).toEqual([]);
  expect(faults.take("POST", "/api/v3/repos/acme/models/pulls/1")).toEqual([]);
  expect([create(), create(), create(), create()]).toEqual([0, 1, 1, 0]);
  expect(placed.struck).toBe(2);
});

test("a fault can last for a time, and is removed by its number", () => {
  const faults = createFaults<Effect>();
  const over = faults.add({ times: "always", forMs: 0, effect: delay });
  const lasting = faults.add({ times: "always", effect: { kind: "stale" } });

  expect(faults.take("GET", "/any")).toEqual([{ kind: "stale" }]);
  faults.remove(lasting.id);
  expect(faults.take("GET", "/any")).toEqual([]);
  expect(faults.list().map(({ id }) => id)).toEqual([over.id]);
});

test("several effects on one request add up; the first answer wins", () => {
  const sum = strike([
    delay,
    delay,
    { kind: "status", status: 500 },
    { kind: "status", status: 400 },
    { kind: "headers", headers: { a: "1" } },
    { kind: "headers", headers: { b: "2" } },
  ]);

  expect(sum).toMatchObject({ delayMs: 10, instead: { status: 500 }, headers: { a: "1", b: "2" }, stale: false });
});
