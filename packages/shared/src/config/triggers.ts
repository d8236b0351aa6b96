import { z } from "zod";
import { RouteName } from "../contracts/names.ts";
import { duration, flag, period } from "./scalars.ts";

/** When a route is looked at. A manual trigger always works. */
export const triggerOptions = z.strictObject({
  policy: z.enum(["webhook-only", "poll-only", "both"]).optional(),
  interval: period.optional().describe("Between two polls; 10 % jitter is added"),
  initialDelay: duration.optional().describe("Before the first poll"),
  onStartup: flag.optional().describe("Look once when the first watcher starts"),
  reconcile: period.optional().describe("Look even if nothing seems to have changed"),
  targetInterval: period.optional().describe("Between two looks at a target's branches; 10 % jitter is added"),
  after: z.array(RouteName).optional().describe("Routes whose merges and mirrors cause a look"),
});
type TriggerInput = z.output<typeof triggerOptions>;

const fallback = {
  policy: "both",
  interval: 60_000,
  initialDelay: 0,
  onStartup: false,
  reconcile: 3_600_000,
  targetInterval: 300_000,
  after: [],
};

export type TriggerOptions = { readonly [Key in keyof TriggerInput]-?: NonNullable<TriggerInput[Key]> };

/** A route's triggers over the file's defaults over the built-in ones. Times in milliseconds. */
export function mergeTriggers(route: TriggerInput = {}, defaults: TriggerInput = {}): TriggerOptions {
  return { ...fallback, ...defaults, ...route } as TriggerOptions;
}
