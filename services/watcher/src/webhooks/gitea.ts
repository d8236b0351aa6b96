import { z } from "zod";
import type { ForgeHooks, HookDelivery, News } from "./forge-hooks.ts";
import { objectId, parseBody, pushOf, readAs, repositoryUrl } from "./payload.ts";
import { headerOf, isSignedWith } from "./signatures.ts";

const forge = "Gitea";

/** https://docs.gitea.com/usage/webhooks: Forgejo sends the same. */
const headersSchema = z.object({
  "x-gitea-event": z.string().regex(/^[a-z_]{1,64}$/),
  "x-gitea-delivery": z.string().regex(/^[\w-]{1,64}$/),
});
const payloadSchema = z.object({ repository: z.object({ clone_url: repositoryUrl }).optional() });
const pushSchema = z.object({ ref: z.string().max(1000), after: objectId });
const deleteSchema = z.object({ ref: z.string().max(1000), ref_type: z.enum(["branch", "tag"]) });

/** Gitea's and Forgejo's webhooks. */
export const giteaHooks: ForgeHooks = {
  name: "gitea",
  isSigned: (headers) => /^[0-9a-f]{64}$/.test(headerOf(headers, "x-gitea-signature")),
  verify: ({ headers, body }, secrets) =>
    Promise.resolve(isSignedWith(body, headerOf(headers, "x-gitea-signature"), secrets)),
  read({ headers, body }): HookDelivery {
    const sent = readAs(forge, headersSchema, headers);
    const payload = parseBody(forge, body);
    return {
      id: `gitea:${sent["x-gitea-event"]}:${sent["x-gitea-delivery"]}`,
      repository: readAs(forge, payloadSchema, payload).repository?.clone_url,
      news: readNews(sent["x-gitea-event"], payload),
    };
  },
};

function readNews(event: string, payload: unknown): News {
  if (event === "push") {
    const { ref, after } = readAs(forge, pushSchema, payload);
    return pushOf(ref, after);
  }
  if (event !== "delete") return { kind: "nothing", reason: `${event} moves no ref` };
  const { ref, ref_type } = readAs(forge, deleteSchema, payload);
  return { kind: "push", ref: `${ref_type === "tag" ? "refs/tags/" : "refs/heads/"}${ref}`, head: undefined };
}
