import type { IncomingHttpHeaders } from "node:http";
import type { RepositoryIdentity } from "@lockstep/shared/contracts";
import type { Secret } from "@lockstep/shared/runtime";

/** What a forge tells of a repository, in our words. */
export type News =
  /** A ref was created, moved or deleted; `head` is what it points to now. */
  | { readonly kind: "push"; readonly ref: string; readonly head: string | undefined }
  /** Something happened to a pull request that comes from a branch of the repository itself. */
  | {
      readonly kind: "pull-request";
      readonly what: "closed" | "reopened" | "retargeted" | "moved";
      readonly ref: string;
      readonly head: string;
    }
  /** Something changed, and nobody says what. */
  | { readonly kind: "change" }
  /** The forge wants to know whether we are there. */
  | { readonly kind: "ping" }
  /** Nothing that anybody must look at. */
  | { readonly kind: "nothing"; readonly reason: string };

/** One delivery of a webhook. */
export interface HookDelivery {
  /** `<forge>:<hook>:<delivery>`: a redelivery has the same one, the same event through another hook another. */
  readonly id: string;
  /** Absent for what is about no repository. */
  readonly repository: RepositoryIdentity | undefined;
  /** The route that the address named, instead of a repository. */
  readonly route?: string;
  readonly news: News;
}

export interface HookRequest {
  readonly headers: IncomingHttpHeaders;
  /** As it came over the wire: that is what was signed. */
  readonly body: Buffer;
  /** What follows the forge's name in the address. */
  readonly rest?: string;
}

/** A kind of forge whose webhooks we understand. One file each; `forges` in serve-webhooks.ts lists them. */
export interface ForgeHooks {
  /** In the address: `/webhooks/<name>`. */
  readonly name: string;
  /** The address goes on with the name of a route. */
  readonly namesRoute?: true;
  /** Whether there is anything to verify at all: asked before the body is read. */
  isSigned(headers: IncomingHttpHeaders): boolean;
  /** Whether the request was signed with one of the secrets. In constant time. */
  verify(request: HookRequest, secrets: readonly Secret[]): Promise<boolean>;
  /** Reads a verified request. Throws a PermanentError WEBHOOK_UNREADABLE. */
  read(request: HookRequest): HookDelivery;
}
