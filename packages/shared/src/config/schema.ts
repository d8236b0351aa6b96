import { z } from "zod";
import { RouteName } from "../contracts/names.ts";
import { catalogRoute } from "./catalog-route.ts";
import { deploymentRoute } from "./deployment-route.ts";
import { githubOptions } from "./github.ts";
import { mirrorRoute } from "./mirror-route.ts";
import { secret, whole } from "./scalars.ts";
import { triggerOptions } from "./triggers.ts";
import { updaterOptions } from "./updater-options.ts";
import { webhookOptions } from "./webhooks.ts";

const natsOptions = z.strictObject({
  servers: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .describe("Absent: `lockstep up` starts its own"),
  user: z.string().optional(),
  password: secret.optional(),
  token: secret.optional(),
  credentials: z.string().optional().describe("Path of a .creds file"),
});
export type NatsOptions = z.output<typeof natsOptions>;

const consoleOptions = z.strictObject({
  host: z.string().default("127.0.0.1").describe("The address it listens on"),
  port: whole(0).default(8600),
});

export type ConsoleOptions = z.output<typeof consoleOptions>;

/** lockstep.yaml, whole. */
export const configSchema = z.strictObject({
  nats: natsOptions.optional(),
  github: githubOptions.prefault({}),
  console: consoleOptions.prefault({}),
  webhooks: webhookOptions.prefault({}),
  updater: updaterOptions.optional(),
  defaults: z.strictObject({ triggers: triggerOptions.optional() }).optional(),
  routes: z.record(RouteName, z.discriminatedUnion("kind", [catalogRoute, mirrorRoute, deploymentRoute])).default({}),
});
