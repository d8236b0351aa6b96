/** One archive of a nats-server release. */
export interface ReleaseArchive {
  readonly version: string;
  readonly fileName: string;
  /** The binary inside the archive, and where to find it there. */
  readonly member: string;
  /** SHA-256 in hex. Absent: the release's own SHA256SUMS is asked. */
  readonly sha256: string | undefined;
}

const version = "2.12.15";

/** Where the project publishes its releases; `LOCKSTEP_NATS_DOWNLOAD_URL` names another place laid out alike. */
export const officialReleases = "https://github.com/nats-io/nats-server/releases/download";

/**
 * SHA-256 sums of the pinned release, taken from the recipes of its official container images (nats-io/nats-docker
 * for linux and windows-amd64), so that a changed download is refused even when the place it came from vouches for it.
 * The other platforms have no such second source: they are checked against the SHA256SUMS of the release itself, which
 * finds a damaged download but not a forged release.
 */
const sums: Readonly<Record<string, string>> = {
  "linux-386": "e20fd919512273ed8ee553f5076bd76b1fc5e78a3cf83eafed4e0b40582f9b87",
  "linux-amd64": "58ab8131f819263897e2fc38e503e1b755b63bcafeecc7d12582487df48ca15e",
  "linux-arm6": "13d277c22ae061fb5fdec8caf167f50837fb170f329c35c674ac3bfaeb29c8f6",
  "linux-arm64": "b724db99fefbf8f5c808baa82819ee50350aee9734017e4a478f7e545cef3ab6",
  "linux-arm7": "72311fe4e14ce3ce22dc8e7ac02633e6f31a9bab4086c92a31fd040e59683c8a",
  "linux-loong64": "d4b63722073398b95e636bda8f4db3829ab64f9447d9c1689d9e24bc88b56f46",
  "linux-ppc64le": "56447e72ec0551fa27a4368388dee475e028d4d5de6d97a802d944c6f278cf1e",
  "linux-s390x": "5db960be875da499f1354f41c0a7780303fb9644cf62d35022677e77b4178029",
  "windows-amd64": "ed2f6d265abb6c6b151b077d1b6810d006f6e01453d864104de5ce4dc6ee6c27",
};

/** Node's names of processors in the words of the releases, for each system they are built for. */
const builds: Readonly<
  Record<string, { readonly system: string; readonly processors: Readonly<Record<string, string>> }>
> = {
  linux: {
    system: "linux",
    processors: {
      x64: "amd64",
      arm64: "arm64",
      arm: "arm7",
      ia32: "386",
      loong64: "loong64",
      ppc64: "ppc64le",
      s390x: "s390x",
    },
  },
  darwin: { system: "darwin", processors: { x64: "amd64", arm64: "arm64" } },
  win32: { system: "windows", processors: { x64: "amd64", arm64: "arm64", ia32: "386" } },
  freebsd: { system: "freebsd", processors: { x64: "amd64" } },
};

/** The pinned release's archive for a machine, in Node's words (`process.platform`, `process.arch`). */
export function releaseArchive(platform: string, arch: string): ReleaseArchive | undefined {
  const build = builds[platform];
  const processor = build?.processors[arch];
  if (build === undefined || processor === undefined) return undefined;
  const target = `${build.system}-${processor}`;
  const folder = `nats-server-v${version}-${target}`;
  const windows = platform === "win32";
  return {
    version,
    fileName: `${folder}.${windows ? "zip" : "tar.gz"}`,
    member: `${folder}/${binaryName(platform)}`,
    sha256: sums[target],
  };
}

/** What the binary is called on a platform. */
export function binaryName(platform: string): string {
  return platform === "win32" ? "nats-server.exe" : "nats-server";
}

/** The address of a file of a release below a base address. */
export function releaseUrl(baseUrl: string, archive: ReleaseArchive, fileName: string): string {
  return `${baseUrl.replace(/\/+$/, "")}/v${archive.version}/${fileName}`;
}

/** The sum of a file in the text of a SHA256SUMS file (`<hex>  <name>`, or `<hex> *<name>`). */
export function sumIn(sumsText: string, fileName: string): string | undefined {
  for (const line of sumsText.split("\n")) {
    const [sum, name] = line.trim().split(/\s+\*?/);
    if (name === fileName && sum !== undefined && /^[0-9a-f]{64}$/i.test(sum)) return sum.toLowerCase();
  }
  return undefined;
}
