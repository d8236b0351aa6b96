import { z } from "zod";
import { secret, whole } from "./scalars.ts";

/** Where forges tell of pushes and pull requests. Without a secret nothing listens. */
export const webhookOptions = z
  .strictObject({
    secret: z
      .union([secret.transform((one) => [one]), z.array(secret)])
      .default([])
      .describe("What deliveries are signed with. A list while one replaces another: any of them is taken"),
    host: z.string().default("127.0.0.1").describe("The address it listens on"),
    port: whole(0).default(8610),
  })
  .transform(({ secret: secrets, ...rest }) => ({ ...rest, secrets }));
export type WebhookOptions = z.output<typeof webhookOptions>;
