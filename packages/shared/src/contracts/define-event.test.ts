import { describe, expect, test } from "vitest";
import { alert } from "./alert.ts";
import { changeDetected } from "./change-detected.ts";
import { RouteName } from "./names.ts";
import { trigger } from "./trigger.ts";

const change = {
  kind: "catalog",
  route: "text-models",
  revision: "r1",
  trigger: { kind: "poll", id: "a:b" },
  detectedAt: "2026-01-01T00:00:00Z",
  ordinal: 1,
} as const;

describe("an event that is created", () => {
  test("has its subject, its type and an id made of its cause (I3)", () => {
    expect(changeDetected.create(change)).toEqual({
      subject: "lockstep.change-detected.catalog.text-models",
      id: "change:text-models:poll:a:b",
      type: "lockstep.change-detected.v1",
      data: change,
    });
  });

  test("has the same id for the same cause, whenever it was seen (I3)", () => {
    const again = changeDetected.create({ ...change, detectedAt: "2026-02-02T00:00:00Z", ordinal: 7 });

    expect(again.id).toBe(changeDetected.create(change).id);
  });

  test.each(["", "a.b", "*", ">", "a b", "a\tb", "Upper", "ü", "a".repeat(65), "a/b", "$JS"])(
    "is refused when its route is %j, which is no subject token",
    (route) => {
      expect(() => changeDetected.create({ ...change, route })).toThrow("must be 1 to 64 of a-z, 0-9 and -");
    },
  );
});

describe("a subject", () => {
  test("has a wildcard for each token that is left out", () => {
    expect(changeDetected.subject({ route: "text-models" })).toBe("lockstep.change-detected.*.text-models");
    expect(changeDetected.everySubject).toBe("lockstep.change-detected.>");
  });
});

describe("an event that is received", () => {
  test("may have no body: everything it needs is in its subject", () => {
    expect(trigger.parse("lockstep.trigger.text-models", "")).toEqual({ route: "text-models" });
    expect(trigger.parse("lockstep.trigger.text-models", " \n")).toEqual({ route: "text-models" });
  });

  test("is about what its subject says: that is what permissions were checked against", () => {
    const body = JSON.stringify({ ...change, route: "somebody-else", kind: "mirror" });

    expect(changeDetected.parse("lockstep.change-detected.catalog.text-models", body)).toEqual(change);
    expect(changeDetected.parse("work.comparator.catalog.text-models", body)).toEqual(change);
  });

  test("keeps no field that this version does not know", () => {
    const body = '{"reason":"look","fromTheFuture":{"deep":true},"__proto__":{"requestId":"x"}}';

    expect(trigger.parse("lockstep.trigger.text-models", body)).toEqual({ route: "text-models", reason: "look" });
  });

  test.each(["[]", "null", "3", '"text"', "true"])("is refused when its body is %s, which is no object", (body) => {
    expect(() => trigger.parse("lockstep.trigger.text-models", body)).toThrow("expected object");
  });

  test("is refused when its body is broken JSON", () => {
    expect(() => trigger.parse("lockstep.trigger.text-models", "{")).toThrow(SyntaxError);
  });

  test.each(["lockstep.trigger", "lockstep.trigger.Upper", "lockstep.trigger.a.b", "lockstep.trigger.*"])(
    "is refused when it comes on %s, whatever its body says",
    (subject) => {
      expect(() => trigger.parse(subject, '{"route":"text-models"}')).toThrow("route");
    },
  );

  test("is refused when its data breaks the schema", () => {
    const body = JSON.stringify({ ...change, ordinal: 0 });

    expect(() => changeDetected.parse("lockstep.change-detected.catalog.text-models", body)).toThrow("ordinal");
  });
});

describe("a trigger", () => {
  const route = RouteName.parse("text-models");

  test("that names its request is the same trigger however often it is sent (I3)", () => {
    expect(trigger.create({ route, requestId: "r:1" }).id).toBe("trigger:text-models:r:1");
  });

  test("that names none is another one each time", () => {
    expect(trigger.create({ route }).id).not.toBe(trigger.create({ route }).id);
  });

  test("cannot smuggle subject tokens in its request or its targets", () => {
    expect(() => trigger.create({ route, requestId: "a b" })).toThrow("requestId");
    expect(() => trigger.create({ route, targets: ["a.b"] })).toThrow("targets");
  });
});

test("an alert about a target and one about its route are two alerts", () => {
  const said = { route: "text-models", code: "SOURCE_DOWN", message: "no answer", cause: "1" };

  expect(alert.create(said).id).toBe("alert:text-models.:SOURCE_DOWN:1");
  expect(alert.create({ ...said, target: "text" }).id).toBe("alert:text-models.text:SOURCE_DOWN:1");
});
