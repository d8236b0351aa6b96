import { expect, test } from "vitest";
import { readPublisherSettings } from "./config.ts";

test("the cache is the publisher's own, in the folder named or in the user's cache", () => {
  expect(readPublisherSettings({ LOCKSTEP_CACHE: "/var/cache/sync" }).cacheFolder).toBe("/var/cache/sync/publisher");
  expect(readPublisherSettings({ XDG_CACHE_HOME: "/home/x/.cache" }).cacheFolder).toBe(
    "/home/x/.cache/lockstep/publisher",
  );
});

test("four repositories at once, unless the environment says otherwise", () => {
  expect(readPublisherSettings({ LOCKSTEP_CONCURRENCY: "" }).concurrency).toBe(4);
  expect(readPublisherSettings({ LOCKSTEP_CONCURRENCY: "9" }).concurrency).toBe(9);
});

test("a number that is none is told by its name", () => {
  expect(() => readPublisherSettings({ LOCKSTEP_CONCURRENCY: "many" })).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining("LOCKSTEP_CONCURRENCY") }),
  );
});
