import { assert, constantFrom, double, property, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { Secret } from "../runtime/secret.ts";
import { countOrPercent, duration, flag, httpUrl, period, secret, size, whole } from "./scalars.ts";

describe("a duration", () => {
  test.each([
    ["500ms", 500],
    ["60s", 60_000],
    ["1.5m", 90_000],
    ["1h", 3_600_000],
    ["7d", 604_800_000],
    ["0s", 0],
  ])("%s is %i ms", (text, ms) => {
    expect(duration.parse(text)).toBe(ms);
  });

  test.each(["60", "", "s", "-1s", "1 s", "1w", "1e3s", "1S", ".5s", 60])("is refused as %j", (value) => {
    expect(duration.safeParse(value).success).toBe(false);
  });

  test("is always a whole number of milliseconds", () => {
    const text = tuple(double({ min: 0, max: 1e6, noNaN: true }), constantFrom("ms", "s", "m", "h", "d"));
    assert(
      property(text, ([count, unit]) => {
        const ms = duration.parse(`${count.toFixed(6)}${unit}`);

        expect(Number.isSafeInteger(ms)).toBe(true);
      }),
    );
  });
});

test("a period is a duration that is longer than none", () => {
  expect(period.parse("1ms")).toBe(1);
  expect(() => period.parse("0s")).toThrow("must be longer than 0");
});

describe("a size", () => {
  test.each([
    [1024, 1024],
    ["1024", 1024],
    ["512B", 512],
    ["64KiB", 65_536],
    ["64 MiB", 67_108_864],
    ["1GiB", 1_073_741_824],
  ])("%j is %i bytes", (value, bytes) => {
    expect(size.parse(value)).toBe(bytes);
  });

  test.each(["64MB", "1.5MiB", "-1", "", 0, -1, 1.5])("is refused as %j", (value) => {
    expect(size.safeParse(value).success).toBe(false);
  });

  test("of nothing would refuse every answer", () => {
    expect(() => size.parse("0")).toThrow("at least 1 byte");
    expect(() => size.parse("0MiB")).toThrow("at least 1 byte");
  });
});

describe("a number of records or a share of them", () => {
  test.each([
    [5, { count: 5 }],
    ["5", { count: 5 }],
    [0, { count: 0 }],
    ["20%", { percent: 20 }],
    ["2.5%", { percent: 2.5 }],
    ["100%", { percent: 100 }],
  ])("%j is %j", (value, parsed) => {
    expect(countOrPercent.parse(value)).toEqual(parsed);
  });

  test.each(["20 %", "-1", "a lot", "", -1, 1.5, "101%"])("is refused as %j", (value) => {
    expect(countOrPercent.safeParse(value).success).toBe(false);
  });
});

test("a whole number may come as the text of an environment variable, and has a least value", () => {
  expect(whole(1).parse(7)).toBe(7);
  expect(whole(1).parse("7")).toBe(7);
  for (const value of [0, "0"]) expect(() => whole(1).parse(value)).toThrow("must be at least 1");
  for (const value of [1.5, "1.5", "", "x", "-3", "9".repeat(20)])
    expect(whole(1).safeParse(value).success).toBe(false);
});

test("a flag may come as text, but only as true or false", () => {
  for (const value of [true, "true"]) expect(flag.parse(value)).toBe(true);
  for (const value of [false, "false"]) expect(flag.parse(value)).toBe(false);
  for (const value of ["yes", "on", "1", 1, "", "False"]) expect(flag.safeParse(value).success).toBe(false);
});

test("a secret takes text or a number, and never an empty text", () => {
  expect(secret.parse("hunter2")).toBeInstanceOf(Secret);
  expect(secret.parse(123_456).reveal()).toBe("123456");
  expect(secret.safeParse("").success).toBe(false);
});

test("an address is http or https, carries no credentials, and loses the slash at its end", () => {
  expect(httpUrl.parse("https://models.example/api//")).toBe("https://models.example/api");
  expect(httpUrl.parse("http://127.0.0.1:8080")).toBe("http://127.0.0.1:8080");
  expect(httpUrl.parse("https://models.example/@scope")).toBe("https://models.example/@scope");
  for (const url of ["https://user:pass@models.example", "https://token@models.example/a"])
    expect(() => httpUrl.parse(url)).toThrow("must not carry credentials");
  for (const url of [
    "ftp://models.example",
    "models.example",
    "",
    "file:///etc/passwd",
    "https:\\\\u:p@models.example",
  ])
    expect(() => httpUrl.parse(url)).toThrow("must be an http or https URL");
});
