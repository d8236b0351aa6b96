import { z } from "zod";
import { httpUrl, secret, whole } from "./scalars.ts";

const app = z.strictObject({
  id: whole(1).optional(),
  installationId: whole(1).optional(),
  privateKey: secret.optional(),
  privateKeyPath: z.string().optional(),
});

/** The forge and how to sign in to it. */
export const githubOptions = z
  .strictObject({
    apiUrl: httpUrl.default("https://api.github.com").describe("GitHub Enterprise Server: https://HOST/api/v3"),
    app: app.optional().describe("A GitHub App; wins over the token"),
    token: secret.optional().describe("Used when no app is configured"),
  })
  .superRefine(({ app }, context) => {
    const fault = (message: string) => context.addIssue({ code: "custom", path: ["app"], message });
    if (app === undefined || app.id === undefined) return;
    if (app.privateKey !== undefined && app.privateKeyPath !== undefined)
      fault("give privateKey or privateKeyPath, not both");
    if (app.privateKey === undefined && app.privateKeyPath === undefined)
      fault("an app needs privateKey or privateKeyPath");
    if (app.installationId === undefined) fault("an app needs installationId");
  });
export type GitHubOptions = z.output<typeof githubOptions>;

/** The address under which the forge serves git and pages: `https://api.github.com` → `https://github.com`. */
export function forgeWebUrl(apiUrl: string): string {
  if (apiUrl === "https://api.github.com") return "https://github.com";
  return apiUrl.replace(/\/api\/v3$/, "");
}
