import { expect, test } from "vitest";
import { releaseArchive, releaseUrl, sumIn } from "./release.ts";

test.each([
  ["linux", "x64", "linux-amd64.tar.gz"],
  ["linux", "arm64", "linux-arm64.tar.gz"],
  ["linux", "arm", "linux-arm7.tar.gz"],
  ["darwin", "arm64", "darwin-arm64.tar.gz"],
  ["win32", "x64", "windows-amd64.zip"],
  ["freebsd", "x64", "freebsd-amd64.tar.gz"],
])("%s on %s takes the archive for %s", (platform, arch, ending) => {
  const archive = releaseArchive(platform, arch);

  expect(archive?.fileName).toBe(`nats-server-v${archive?.version}-${ending}`);
});

test("a platform without a release has no archive", () => {
  expect(releaseArchive("sunos", "x64")).toBeUndefined();
  expect(releaseArchive("darwin", "ia32")).toBeUndefined();
});

test("the sums of Linux and of Windows on amd64 are pinned, the others are asked of the release", () => {
  const pinned = (platform: string, arch: string): boolean => releaseArchive(platform, arch)?.sha256 !== undefined;

  expect(["x64", "arm64", "arm", "ia32", "loong64", "ppc64", "s390x"].every((arch) => pinned("linux", arch))).toBe(
    true,
  );
  expect(pinned("win32", "x64")).toBe(true);
  expect(pinned("darwin", "arm64")).toBe(false);
});

test("a base address may end in a slash", () => {
  const archive = { version: "1.2.3", fileName: "a.zip", member: "a/b", sha256: undefined };

  expect(releaseUrl("https://mirror.example/nats/", archive, "a.zip")).toBe("https://mirror.example/nats/v1.2.3/a.zip");
});

test("a sum is read for the file of exactly that name", () => {
  const [one, other] = ["1".repeat(64), "A".repeat(64)];
  const text = `${one}  x-a.zip\n${other} *a.zip\nshort  b.zip\n`;

  expect(sumIn(text, "a.zip")).toBe("a".repeat(64));
  expect(sumIn(text, "b.zip")).toBeUndefined();
  expect(sumIn(text, "c.zip")).toBeUndefined();
});
