import type { GitRemote } from "@lockstep/shared/config";
import { tokenCredentials, type Credentials } from "../credentials.ts";
import type { Git } from "../git-task.ts";
import { isHttp } from "./http-service.ts";
import type { GitRemoteAccess } from "./remote-access.ts";

/** One side of a mirror route, ready to be spoken to: its own token or key, or GitHub's where the host is GitHub's. */
export function openRemote(
  { url, auth }: GitRemote,
  { git, github }: { readonly git: Git; readonly github: Credentials | undefined },
): GitRemoteAccess {
  if (!isHttp(url)) {
    const { sshKeyPath, knownHostsPath } = auth ?? {};
    const hasKey = sshKeyPath !== undefined && knownHostsPath !== undefined;
    return { url, git, ...(hasKey && { ssh: { keyPath: sshKeyPath, knownHostsPath } }) };
  }
  const own = auth?.token && tokenCredentials(new URL(url).origin, auth.token, auth.user);
  return { url, git, credentials: own ?? github };
}
