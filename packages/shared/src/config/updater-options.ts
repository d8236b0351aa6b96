import { z } from "zod";
import { RouteName, TargetName } from "../contracts/names.ts";
import { period, secret, whole } from "./scalars.ts";

const command = z.array(z.string().min(1)).min(1).describe("Program and arguments; no shell reads them");

const path = z.string().regex(/^\/[!-~]*$/, "must be a path that begins with /");

const supervise = z.strictObject({
  command,
  port: whole(1).describe("Where the application listens; its environment says so as PORT"),
  folder: z.string().optional().describe("Its working folder, below root; default: current"),
  health: z
    .strictObject({
      path: path.default("/"),
      timeout: period.default(2_000).describe("For one answer"),
      grace: period.default(60_000).describe("From start to healthy; past it the release is rolled back"),
    })
    .prefault({}),
  webSocket: path.optional().describe("Also needs a handshake here to count as healthy"),
  stopTimeout: period.default(10_000).describe("From SIGTERM to SIGKILL"),
});

const switchOptions = z.strictObject({
  way: z.enum(["hold", "overlap", "maintenance"]).default("hold"),
  drain: period.default(30_000).describe("How long requests in flight may take before the switch"),
  hold: period.default(60_000).describe("How long a new request waits before 503"),
  maxHeld: whole(0).default(1_000).describe("Requests that wait at once"),
});

/** The updater's own section: what it is, where it works, what it runs. */
export const updaterOptions = z.strictObject({
  route: RouteName.describe("The deployment route that it follows"),
  instance: TargetName.describe("This installation's id, its own in the route"),
  runtime: whole(0).optional().describe("The image's version; default: RUNTIME_VERSION"),
  root: z.string().min(1).describe("Folder of store, releases and current"),
  supervise: supervise.optional().describe("Absent: something else runs the application"),
  switch: z
    .union([switchOptions.shape.way.unwrap().transform((way) => switchOptions.parse({ way })), switchOptions])
    .prefault({}),
  listen: z
    .strictObject({ host: z.string().default("0.0.0.0"), port: whole(0).default(8080) })
    .prefault({})
    .describe("The gateway's address"),
  adminToken: secret.optional().describe("Bearer token of /api/admin/system; absent: loopback only"),
  keepReleases: whole(1).default(3),
});
export type UpdaterOptions = z.output<typeof updaterOptions>;
