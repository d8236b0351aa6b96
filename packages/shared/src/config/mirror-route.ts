import { z } from "zod";
import { TargetName } from "../contracts/names.ts";
import { repositoryIdentity } from "../contracts/repository-identity.ts";
import { countOrPercent, flag, secret } from "./scalars.ts";
import { triggerOptions } from "./triggers.ts";

const shortSsh = /^[\w.-]+@[\w.-]+:(?!\/\/)/;

/** Where git reads or writes. `git://` proves nothing about either side, but some sources have nothing else. */
const gitUrl = z
  .string()
  .refine((url) => /^(https?|ssh|git):\/\//.test(url) || shortSsh.test(url), "must be an https, ssh or git URL")
  .refine((url) => shortSsh.test(url) || !/^(https?|git):\/\/[^/]*@/.test(url), "must not carry credentials: use auth")
  .refine((url) => !/^ssh:\/\/[^/@]*:[^/@]*@/.test(url), "must not carry a password: use auth")
  .refine((url) => isRepository(url), "must name a repository: https://host/owner/name.git");

function isRepository(url: string): boolean {
  try {
    repositoryIdentity(url);
    return true;
  } catch {
    return false;
  }
}

/** Who we are to one side. Where it is absent, `github` is used for the host that it is for. */
const gitAuth = z
  .strictObject({
    token: secret.optional().describe("Sent as the password of `user` over https"),
    user: z.string().default("x-access-token").describe("What the host wants before the token; GitLab: oauth2"),
    sshKeyPath: z.string().optional().describe("Private key for ssh"),
    knownHostsPath: z.string().optional().describe("The host's public keys for ssh; checked strictly"),
  })
  .refine(({ sshKeyPath, knownHostsPath }) => (sshKeyPath === undefined) === (knownHostsPath === undefined), {
    message: "sshKeyPath and knownHostsPath belong together: an unknown host is never trusted",
  });
export type GitAuth = z.output<typeof gitAuth>;

const refPattern = z
  .string()
  .regex(/^refs\/[^\p{Cc} ~^:?[\\]*$/u, "must be a full ref name such as refs/heads/*; * stands for anything");

const mirrorTarget = z.strictObject({
  url: gitUrl,
  auth: gitAuth.optional(),
  diverged: z
    .enum(["overwrite", "keep"])
    .default("overwrite")
    .describe("What becomes of a ref that somebody else moved at the destination"),
});

const refsOptions = z.strictObject({
  include: z.array(refPattern).min(1).default(["refs/heads/*", "refs/tags/*"]),
  exclude: z.array(refPattern).default([]),
  tags: flag.default(true).describe("false leaves refs/tags alone"),
  prune: flag.default(true).describe("Delete at the destinations what the source has no more"),
  force: flag.default(true).describe("Move refs also where history was rewritten"),
  maxDeletions: countOrPercent.default({ percent: 20 }).describe("More than this (and than 5) is held for a person"),
});
export type RefsOptions = z.output<typeof refsOptions>;

/** A route from the refs of one git remote to other remotes (docs/guides/mirror.md). */
export const mirrorRoute = z.strictObject({
  kind: z.literal("mirror"),
  source: z.strictObject({ url: gitUrl, auth: gitAuth.optional() }),
  targets: z.record(TargetName, mirrorTarget).refine((all) => Object.keys(all).length > 0, "needs a target"),
  refs: refsOptions.prefault({}),
  lfs: flag.default(false).describe("Carry LFS objects too; needs git-lfs"),
  triggers: triggerOptions.optional(),
  dryRun: flag.default(false).describe("Compute and show differences, write nothing"),
});
export type MirrorRouteInput = z.output<typeof mirrorRoute>;
