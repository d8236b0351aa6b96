import { repositoryIdentity, type RepositoryIdentity } from "@lockstep/shared/contracts";
import { PermanentError } from "@lockstep/shared/runtime";
import { z } from "zod";
import type { News } from "./forge-hooks.ts";

/** A git object id, or zeros for none. */
export const objectId = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);

/** An address of a repository as its identity. */
export const repositoryUrl = z.string().transform((url, context): RepositoryIdentity => {
  try {
    return repositoryIdentity(url);
  } catch {
    context.addIssue({ code: "custom", message: "names no repository" });
    return z.NEVER;
  }
});

/** A push in our words: zeros mean that the ref is gone. */
export function pushOf(ref: string, after: string): News {
  return { kind: "push", ref, head: /^0+$/.test(after) ? undefined : after };
}

/** Parses a verified body. Throws WEBHOOK_UNREADABLE. */
export function parseBody(forge: string, body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw unreadable(forge, "the payload is no JSON", error);
  }
}

/** Reads what a forge sent. Throws WEBHOOK_UNREADABLE naming what is wrong. */
export function readAs<Result>(forge: string, schema: z.ZodType<Result>, value: unknown): Result {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unreadable(forge, `${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`, parsed.error);
}

function unreadable(forge: string, words: string, cause: unknown): PermanentError {
  return new PermanentError("WEBHOOK_UNREADABLE", `A delivery from ${forge} cannot be read: ${words}`, {
    cause,
    hint: `is the address a webhook of ${forge}'s, and does nothing on the way change what it sends?`,
  });
}
