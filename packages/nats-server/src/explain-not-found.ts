import { officialReleases, releaseArchive, releaseUrl } from "./release.ts";

/** A way that was tried, and why it led nowhere. */
export interface Attempt {
  readonly way: string;
  readonly why: string;
}

/** The error's text when every way failed: what was tried, and one line a platform that mends it. */
export function explainNotFound(
  attempts: readonly Attempt[],
  platform: string,
  arch: string,
): { message: string; hint: string } {
  const tried = [{ way: "LOCKSTEP_NATS_SERVER", why: "not set" }, ...attempts];
  const fixes = [...platformFixes(arch)].sort(
    ([one], [other]) => Number(other === platform) - Number(one === platform),
  );
  return {
    message: [
      "No nats-server 2.11 or newer was found, and none could be fetched. Tried:",
      ...tried.map(({ way, why }) => `  ${way}: ${why}`),
    ].join("\n"),
    hint: ["Any one of these mends it:", ...fixes.map(([, name, fix]) => `  ${name}: ${fix}`)].join("\n"),
  };
}

type Fix = readonly [platform: string, name: string, fix: string];

function platformFixes(arch: string): readonly Fix[] {
  return [
    ["linux", "Debian, Ubuntu, any Linux", linuxFix(arch)],
    ["darwin", "macOS", "brew install nats-server"],
    ["win32", "Windows", "winget install NATSAuthors.NATSServer (or: scoop install nats-server)"],
    [
      "any",
      "Docker",
      "docker run -d -p 127.0.0.1:4222:4222 nats:2 -js, and `nats: { servers: nats://127.0.0.1:4222 }` in lockstep.yaml",
    ],
    ["any", "Go", "go install github.com/nats-io/nats-server/v2@latest"],
    ["any", "a binary elsewhere", "set LOCKSTEP_NATS_SERVER to its path"],
    [
      "any",
      "a mirror of the releases",
      "set LOCKSTEP_NATS_DOWNLOAD_URL to the address that has v<version>/ with the archives below it",
    ],
  ];
}

/** Not the distribution's own package: its stable releases have one that is too old. */
function linuxFix(arch: string): string {
  const archive = releaseArchive("linux", arch) ?? releaseArchive("linux", "x64");
  if (archive === undefined) return `take one from ${officialReleases}`;
  const url = releaseUrl(officialReleases, archive, archive.fileName);
  return `curl -fsSL ${url} | sudo tar -xz -C /usr/local/bin --strip-components=1 ${archive.member}`;
}
