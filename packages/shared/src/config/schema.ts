import { z } from "zod";
import { RouteName } from "../contracts/names.ts";
import { catalogRoute } from "./catalog-route.ts";
import { githubOptions } from "./github.ts";
import { secret } from "./scalars.ts";
import { triggerOptions } from "./triggers.ts";

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

/** lockstep.yaml, whole. */
export const configSchema = z.strictObject({
  nats: natsOptions.optional(),
  github: githubOptions.prefault({}),
  defaults: z.strictObject({ triggers: triggerOptions.optional() }).optional(),
  routes: z.record(RouteName, z.discriminatedUnion("kind", [catalogRoute])).default({}),
});

/** The JSON Schema of lockstep.yaml, for editors. */
export function configJsonSchema(): unknown {
  const schema = z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any", target: "draft-07" });
  return { $id: "https://lockstep.example/lockstep.schema.json", title: "lockstep.yaml", ...schema };
}
