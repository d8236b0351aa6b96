import { z } from "zod";

/**
 * What makes two URLs the same repository: `host/owner/name` in lower case, without credentials, port or `.git`.
 * A port stays only where the host needs one to be found (anything but 80, 443 and 22).
 */
export const RepositoryIdentity = z
  .string()
  .regex(/^[a-z0-9.-]+(:\d+)?(\/(?!\.{1,2}(\/|$))[a-z0-9._-]+)+$/, "must be host/owner/name in lower case")
  .brand<"RepositoryIdentity">();
export type RepositoryIdentity = z.infer<typeof RepositoryIdentity>;

/** `git@host:` before a path: what ssh and git take for `ssh://git@host/`. */
const shortSsh = /^([\w.-]+@[\w.-]+):(?!\/\/)/;
const usualPorts = new Set(["", "80", "443", "22"]);

/** The identity of the repository at a URL or `user@host:path`. Throws a ZodError if it names no repository. */
export function repositoryIdentity(url: string): RepositoryIdentity {
  const address = url.replace(shortSsh, "ssh://$1/");
  const { hostname, port, pathname } = new URL(z.url().parse(address));
  const host = usualPorts.has(port) ? hostname : `${hostname}:${port}`;
  const path = pathname.replace(/^\/+|\/+$/g, "").replace(/\.git$/i, "");
  return RepositoryIdentity.parse(`${host}/${path}`.toLowerCase());
}
