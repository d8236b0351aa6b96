import type { RouteName, TargetName } from "../contracts/names.ts";
import { repositoryIdentity, type RepositoryIdentity } from "../contracts/repository-identity.ts";
import type { GitAuth, MirrorRouteInput, RefsOptions } from "./mirror-route.ts";
import { mergeTriggers, type TriggerOptions } from "./triggers.ts";

/** One side of a mirror. */
export interface GitRemote {
  readonly url: string;
  readonly identity: RepositoryIdentity;
  readonly auth: GitAuth | undefined;
}

export interface MirrorTarget extends GitRemote {
  readonly name: TargetName;
  /** `owner/name`, for people. */
  readonly repository: string;
  readonly diverged: "overwrite" | "keep";
}

export interface MirrorRoute {
  readonly kind: "mirror";
  readonly name: RouteName;
  readonly source: GitRemote;
  readonly targets: readonly MirrorTarget[];
  readonly refs: RefsOptions;
  readonly lfs: boolean;
  readonly triggers: TriggerOptions;
  readonly dryRun: boolean;
}

/** Fills in what the file leaves out. */
export function completeMirror(
  name: RouteName,
  input: MirrorRouteInput,
  triggers: Parameters<typeof mergeTriggers>[1],
): MirrorRoute {
  return {
    kind: "mirror",
    name,
    source: completeRemote(input.source),
    targets: Object.entries(input.targets).map(([target, options]) => {
      const remote = completeRemote(options);
      const repository = remote.identity.slice(remote.identity.indexOf("/") + 1);
      return { ...remote, name: target as TargetName, repository, diverged: options.diverged };
    }),
    refs: input.refs,
    lfs: input.lfs,
    triggers: mergeTriggers(input.triggers, triggers),
    dryRun: input.dryRun,
  };
}

function completeRemote({ url, auth }: { readonly url: string; readonly auth?: GitAuth | undefined }): GitRemote {
  return { url, identity: repositoryIdentity(url), auth };
}
