import { homedir } from "node:os";
import { posix, win32 } from "node:path";
import { binaryName, officialReleases, releaseArchive, type ReleaseArchive } from "./release.ts";

/** One way to come to a nats-server; tried in the order of the plan. */
export type Way =
  | { readonly kind: "configured"; readonly path: string }
  | { readonly kind: "path"; readonly candidates: readonly string[] }
  | { readonly kind: "cache"; readonly candidates: readonly string[] }
  | {
      readonly kind: "release";
      readonly archive: ReleaseArchive;
      readonly baseUrl: string;
      readonly destination: string;
    }
  | { readonly kind: "debian"; readonly destination: string }
  | { readonly kind: "closed"; readonly name: string; readonly why: string };

/** What the plan depends on. `platform` and `arch` are Node's words. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly arch: string;
  readonly cacheFolder: string;
}

/**
 * The ways to a nats-server, the best first. A binary named by `LOCKSTEP_NATS_SERVER` is the only way: whoever names
 * one does not want another.
 */
export function planWays(machine: Machine): readonly Way[] {
  const configured = machine.env["LOCKSTEP_NATS_SERVER"];
  if (configured !== undefined && configured !== "") return [{ kind: "configured", path: configured }];
  const paths = pathsOf(machine.platform);
  const name = binaryName(machine.platform);
  const folder = paths.join(machine.cacheFolder, "nats-server");
  const archive = releaseArchive(machine.platform, machine.arch);
  const released = paths.join(folder, `release-${archive?.version}-${machine.arch}`, name);
  const packaged = paths.join(folder, `debian-${machine.arch}`, name);
  return [
    { kind: "path", candidates: foldersOnPath(machine).map((each) => paths.join(each, name)) },
    { kind: "cache", candidates: [...(archive === undefined ? [] : [released]), packaged] },
    releaseWay(machine, archive, released),
    machine.platform === "linux"
      ? { kind: "debian", destination: packaged }
      : { kind: "closed", name: "Debian package", why: "only on Debian" },
  ];
}

/** `LOCKSTEP_CACHE`, or `lockstep` in the user's cache folder. */
export function cacheFolder(env: Machine["env"], home: string = homedir()): string {
  const own = env["LOCKSTEP_CACHE"];
  if (own !== undefined && own !== "") return own;
  const paths = pathsOf(process.platform);
  const base = env["XDG_CACHE_HOME"];
  // The XDG base directory specification: a relative path is invalid and to be ignored.
  return paths.join(base !== undefined && paths.isAbsolute(base) ? base : paths.join(home, ".cache"), "lockstep");
}

const names: Readonly<Record<Exclude<Way["kind"], "closed">, string>> = {
  configured: "LOCKSTEP_NATS_SERVER",
  path: "PATH",
  cache: "cache",
  release: "download",
  debian: "Debian package",
};

/** A way's name, as people read it in the list of what was tried. */
export function nameOfWay(way: Way): string {
  return way.kind === "closed" ? way.name : names[way.kind];
}

function releaseWay(machine: Machine, archive: ReleaseArchive | undefined, destination: string): Way {
  if (archive === undefined) {
    return { kind: "closed", name: "download", why: `no release for ${machine.platform} on ${machine.arch}` };
  }
  const other = machine.env["LOCKSTEP_NATS_DOWNLOAD_URL"];
  const baseUrl = other === undefined || other === "" ? officialReleases : other;
  return { kind: "release", archive, baseUrl, destination };
}

function foldersOnPath({ env, platform }: Machine): readonly string[] {
  const { delimiter } = pathsOf(platform);
  const folders = (env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter((each) => each !== "");
  // Debian installs nats-server into sbin, which a user's PATH there does not have.
  return [...new Set([...folders, ...(platform === "linux" ? ["/usr/local/sbin", "/usr/sbin"] : [])])];
}

function pathsOf(platform: string): typeof posix {
  return platform === "win32" ? win32 : posix;
}
