import { z } from "zod";
import { ComponentName } from "../contracts/component.ts";
import { ObjectId, TargetName } from "../contracts/names.ts";
import { branchName, countOrPercent, duration, filePath, flag, httpUrl, period, secret } from "./scalars.ts";
import { triggerOptions } from "./triggers.ts";

/** How a running application is told that a component was switched. */
const reloadOptions = z
  .strictObject({
    url: httpUrl.optional().describe("Is sent an empty POST"),
    signal: z.enum(["SIGHUP", "SIGUSR1", "SIGUSR2"]).optional().describe("Is sent to the application's process"),
  })
  .refine(({ url, signal }) => (url === undefined) !== (signal === undefined), "needs either url or signal");

const componentOptions = z
  .strictObject({
    path: filePath.describe("A folder or a file of the source's repository"),
    restart: flag.default(false).describe("The application must be restarted to take it up"),
    reload: reloadOptions.optional(),
  })
  .refine(({ restart, reload }) => !restart || reload === undefined, "restart or reload, not both");
export type ComponentOptions = z.output<typeof componentOptions>;

/** When something may happen by itself: from each time of `cron`, for `duration`. */
export const timeWindow = z.strictObject({
  cron: z.string().describe("Five fields: minute hour day month weekday"),
  duration: period,
  timeZone: z.string().refine(isTimeZone, "must be a time zone such as Europe/Berlin").default("UTC"),
});
export type TimeWindow = z.output<typeof timeWindow>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).format(0) !== "";
  } catch {
    return false;
  }
}

/** In which order installations follow. */
const rolloutOptions = z.strictObject({
  waves: z
    .array(countOrPercent)
    .min(1)
    .default([{ percent: 100 }])
    .describe("Installations reached after each wave, as counts or shares; the last one means all"),
  soak: duration.default(300_000).describe("Between the end of a wave and the next"),
  timeout: period.default(1_800_000).describe("An installation that has not finished by then has failed"),
  onFailure: z.enum(["halt", "continue"]).default("halt"),
  windows: z.array(timeWindow).min(1).optional().describe("Outside of them no installation is begun"),
  pins: z
    .record(TargetName, z.union([z.literal("keep"), ObjectId]))
    .default({})
    .describe("Installation → the commit it stays at; keep: whatever it has"),
});
export type RolloutOptions = z.output<typeof rolloutOptions>;

/** A route from releases in git to running installations (docs/guides/deployment.md). */
export const deploymentRoute = z.strictObject({
  kind: z.literal("deployment"),
  source: z.strictObject({
    url: httpUrl.describe("A git repository"),
    branch: branchName.default("main"),
    manifest: filePath.default("version.json"),
    token: secret.optional().describe("For a host that is not the one under github"),
    descendantsOnly: flag
      .default(false)
      .describe("Only commits that follow from what is installed: a rewritten or replayed history is refused"),
  }),
  components: z
    .record(ComponentName, componentOptions)
    .refine((all) => Object.keys(all).length > 0, "needs a component"),
  apply: z.enum(["manual", "auto"]).default("manual").describe("Offered until someone clicks, or applied at once"),
  rollout: rolloutOptions.prefault({}),
  triggers: triggerOptions.optional(),
});
