import { z } from "zod";

/**
 * What makes two URLs the same repository: `host/owner/name` in lower case, without credentials, port or `.git`.
 * A port stays only where the host needs one to be found (anything but 80, 443 and 22).
 */
export const RepositoryIdentity = z
  .string()
  .regex(/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+$/, "must be host/owner/name in lower case")
  .brand<"RepositoryIdentity">();
export type RepositoryIdentity = z.infer<typeof RepositoryIdentity>;

const usualPorts = new Set(["", "80", "443", "22"]);

/** The identity of the repository at a URL. Throws a ZodError if the URL names no repository. */
export function repositoryIdentity(url: string): RepositoryIdentity {
  const { hostname, port, pathname } = new URL(url);
  const host = usualPorts.has(port) ? hostname : `${hostname}:${port}`;
  const path = pathname.replace(/^\/+|\/+$/g, "").replace(/\.git$/i, "");
  return RepositoryIdentity.parse(`${host}/${path}`.toLowerCase());
}
