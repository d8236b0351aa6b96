import { z } from "zod";
import type { ForgeHooks, HookDelivery } from "./forge-hooks.ts";
import { objectId, parseBody, pushOf, readAs, repositoryUrl } from "./payload.ts";
import { headerOf, isOneOf } from "./signatures.ts";

const forge = "GitLab";

/** https://docs.gitlab.com/user/project/integrations/webhooks, "Delivery headers": retries keep Idempotency-Key. */
const headersSchema = z.object({
  "x-gitlab-event": z.string().max(64),
  "x-gitlab-webhook-uuid": z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .default("none"),
  "x-gitlab-event-uuid": z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional(),
  "idempotency-key": z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional(),
});
const project = z.object({ git_http_url: repositoryUrl });
const payloadSchema = z.object({ project: project.optional() });
const pushSchema = z.object({ ref: z.string().max(1000), after: objectId });
const pushes = new Set(["Push Hook", "Tag Push Hook"]);

/** GitLab's webhooks of projects and groups: a token instead of a signature. */
export const gitLabHooks: ForgeHooks = {
  name: "gitlab",
  isSigned: (headers) => headerOf(headers, "x-gitlab-token") !== "",
  verify: ({ headers }, secrets) => Promise.resolve(isOneOf(headerOf(headers, "x-gitlab-token"), secrets)),
  read({ headers, body }): HookDelivery {
    const sent = readAs(forge, headersSchema, headers);
    const payload = parseBody(forge, body);
    const event = sent["x-gitlab-event"];
    const delivery = readAs(
      forge,
      z.string({ error: "has no Idempotency-Key and no X-Gitlab-Event-UUID" }),
      sent["idempotency-key"] ?? sent["x-gitlab-event-uuid"],
    );
    return {
      id: `gitlab:${sent["x-gitlab-webhook-uuid"]}:${delivery}`,
      repository: readAs(forge, payloadSchema, payload).project?.git_http_url,
      news: pushes.has(event) ? readPush(payload) : { kind: "nothing", reason: `${event} moves no ref` },
    };
  },
};

function readPush(payload: unknown) {
  const { ref, after } = readAs(forge, pushSchema, payload);
  return pushOf(ref, after);
}
