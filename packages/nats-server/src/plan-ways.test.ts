import { expect, test } from "vitest";
import { cacheFolder, planWays } from "./plan-ways.ts";

const machine = { env: { PATH: "/usr/bin:/opt/bin" }, platform: "linux", arch: "x64", cacheFolder: "/cache" };

test("the PATH is looked at first, then the cache, then a download, then Debian's package", () => {
  expect(planWays(machine).map(({ kind }) => kind)).toEqual(["path", "cache", "release", "debian"]);
});

test("a named binary is the only way", () => {
  const ways = planWays({ ...machine, env: { ...machine.env, LOCKSTEP_NATS_SERVER: "/opt/nats-server" } });

  expect(ways).toEqual([{ kind: "configured", path: "/opt/nats-server" }]);
});

test("an empty LOCKSTEP_NATS_SERVER names nothing", () => {
  expect(planWays({ ...machine, env: { LOCKSTEP_NATS_SERVER: "" } })[0]?.kind).toBe("path");
});

test("sbin is looked at on Linux, where a user's PATH lacks it", () => {
  expect(planWays(machine)[0]).toEqual({
    kind: "path",
    candidates: [
      "/usr/bin/nats-server",
      "/opt/bin/nats-server",
      "/usr/local/sbin/nats-server",
      "/usr/sbin/nats-server",
    ],
  });
});

test("what was downloaded and what was packaged are found in the cache, where they are put", () => {
  const [, cache, release, debian] = planWays(machine);

  expect(cache).toEqual({
    kind: "cache",
    candidates: [
      release?.kind === "release" ? release.destination : "no release",
      debian?.kind === "debian" ? debian.destination : "no package",
    ],
  });
});

test("another place for downloads is taken from the environment", () => {
  const ways = planWays({ ...machine, env: { LOCKSTEP_NATS_DOWNLOAD_URL: "https://mirror.example/nats" } });

  expect(ways[2]).toMatchObject({ kind: "release", baseUrl: "https://mirror.example/nats" });
});

test("Windows has its own separators and names, and no Debian package", () => {
  const ways = planWays({ env: { Path: "C:\\a;C:\\b" }, platform: "win32", arch: "x64", cacheFolder: "C:\\cache" });

  expect(ways[0]).toEqual({ kind: "path", candidates: ["C:\\a\\nats-server.exe", "C:\\b\\nats-server.exe"] });
  expect(ways.at(-1)).toEqual({ kind: "closed", name: "Debian package", why: "only on Debian" });
});

test("a machine without a release still looks at the PATH and the cache, and says why nothing is downloaded", () => {
  const ways = planWays({ ...machine, platform: "sunos" });

  expect(ways.map(({ kind }) => kind)).toEqual(["path", "cache", "closed", "closed"]);
  expect(ways[2]).toEqual({ kind: "closed", name: "download", why: "no release for sunos on x64" });
});

test.each([
  [{ LOCKSTEP_CACHE: "/own", XDG_CACHE_HOME: "/xdg" }, "/own"],
  [{ XDG_CACHE_HOME: "/xdg" }, "/xdg/lockstep"],
  [{ XDG_CACHE_HOME: "relative" }, "/home/ann/.cache/lockstep"],
  [{}, "/home/ann/.cache/lockstep"],
])("with %j the cache is %s", (env, folder) => {
  expect(cacheFolder(env, "/home/ann")).toBe(folder);
});
