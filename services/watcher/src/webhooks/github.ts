import type { IncomingHttpHeaders } from "node:http";
import { verifyWithFallback } from "@octokit/webhooks-methods";
import { repositoryIdentity, type RepositoryIdentity } from "@lockstep/shared/contracts";
import { PermanentError } from "@lockstep/shared/runtime";
import { z } from "zod";
import type { ForgeHooks, HookDelivery, HookRequest, News } from "./forge-hooks.ts";

/** https://docs.github.com/webhooks/webhook-events-and-payloads#delivery-headers */
const headersSchema = z.object({
  "x-github-event": z.string().regex(/^[a-z_]{1,64}$/),
  "x-github-delivery": z.string().regex(/^[\w-]{1,64}$/),
  "x-github-hook-id": z.string().regex(/^\d{1,20}$/),
});

const repositorySchema = z.object({
  clone_url: z.string().transform((url, context) => {
    try {
      return repositoryIdentity(url);
    } catch {
      context.addIssue({ code: "custom", message: "names no repository" });
      return z.NEVER;
    }
  }),
});
const payloadSchema = z.object({ repository: repositorySchema.optional() });

const objectId = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);

const pushSchema = z.object({ ref: z.string().max(1000), after: objectId });

const pullRequestSchema = z.object({
  action: z.string().max(64),
  changes: z.object({ base: z.unknown().optional() }).optional(),
  pull_request: z.object({
    head: z.object({ ref: z.string().max(1000), sha: objectId, repo: repositorySchema.nullable() }),
  }),
});

/** GitHub's webhooks, of github.com and of GitHub Enterprise Server. */
export const gitHubHooks: ForgeHooks = {
  name: "github",
  isSigned: (headers) => /^sha256=[0-9a-f]{64}$/.test(signatureOf(headers)),
  async verify({ headers, body }, [first, ...others]) {
    if (first === undefined || body.length === 0) return false;
    const more = others.map((secret) => secret.reveal());
    return (await verifyWithFallback(first.reveal(), body.toString(), signatureOf(headers), more)) === true;
  },
  read({ headers, body }: HookRequest): HookDelivery {
    const sent = parse("the headers", headersSchema, headers);
    const event = sent["x-github-event"];
    const payload = parseJson(body);
    const { repository } = parse("the payload", payloadSchema, payload);
    const identity = repository?.clone_url;
    return {
      id: `github:${sent["x-github-hook-id"]}:${sent["x-github-delivery"]}`,
      repository: identity,
      news: readNews(event, payload, identity),
    };
  },
};

function signatureOf(headers: IncomingHttpHeaders): string {
  const signature = headers["x-hub-signature-256"];
  return typeof signature === "string" ? signature : "";
}

function readNews(event: string, payload: unknown, repository: RepositoryIdentity | undefined): News {
  switch (event) {
    case "ping":
      return { kind: "ping" };
    case "push": {
      const { ref, after } = parse("the push", pushSchema, payload);
      return { kind: "push", ref, head: /^0+$/.test(after) ? undefined : after };
    }
    case "pull_request":
      return readPullRequest(parse("the pull request", pullRequestSchema, payload), repository);
    default:
      return { kind: "nothing", reason: `${event} changes neither source nor target` };
  }
}

/** What is ours to answer. Opening, texts, labels and reviews call for nothing: the publisher respects them anyway. */
function readPullRequest(
  { action, changes, pull_request: { head } }: z.infer<typeof pullRequestSchema>,
  repository: RepositoryIdentity | undefined,
): News {
  if (head.repo === null || head.repo.clone_url !== repository)
    return { kind: "nothing", reason: "the pull request comes from another repository" };
  const place = { kind: "pull-request", ref: `refs/heads/${head.ref}`, head: head.sha } as const;
  if (action === "closed" || action === "reopened") return { ...place, what: action };
  if (action === "synchronize") return { ...place, what: "moved" };
  if (action === "edited" && changes?.base !== undefined) return { ...place, what: "retargeted" };
  return { kind: "nothing", reason: `a pull request that was ${action} needs no look` };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw unreadable("the payload is no JSON", error);
  }
}

function parse<Result>(what: string, schema: z.ZodType<Result>, value: unknown): Result {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unreadable(`${what}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`, parsed.error);
}

function unreadable(words: string, cause: unknown): PermanentError {
  return new PermanentError("WEBHOOK_UNREADABLE", `A delivery from GitHub cannot be read: ${words}`, {
    cause,
    hint: "is the address a webhook of GitHub's, and does nothing on the way change what it sends?",
  });
}
