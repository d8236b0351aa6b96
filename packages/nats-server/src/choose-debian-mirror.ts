import type { AptSource } from "./parse-apt-sources.ts";

/** Where this machine gets Debian itself from, and the keys it trusts for that. */
export interface DebianMirror {
  readonly uri: string;
  readonly signedBy: string | undefined;
}

/**
 * Finds the mirror of Debian's own archive among a machine's sources: an entry with the component `main` of the
 * machine's release (its codename) or of a suite every mirror has. A third party may use the same names, so an address
 * that ends in `/debian` goes first; a wrong choice fails at the signature, it installs nothing.
 */
export function chooseDebianMirror(
  sources: readonly AptSource[],
  codename: string | undefined,
): DebianMirror | undefined {
  const suites = new Set(["stable", "testing", "unstable", "sid", ...(codename === undefined ? [] : [codename])]);
  const mirrors = sources
    .filter(({ suites: own, components }) => components.includes("main") && own.some((suite) => suites.has(suite)))
    .flatMap(({ uris, signedBy }) => uris.map((uri) => ({ uri, signedBy })))
    .filter(({ uri }) => !/^cdrom:/i.test(uri));
  return mirrors.find(({ uri }) => /\/debian\/?$/.test(uri)) ?? mirrors[0];
}
