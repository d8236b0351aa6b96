import { Secret } from "@lockstep/shared/errors";
import { afterEach, expect, test, vi } from "vitest";
import { gitEnvironment, gitSettings } from "./environment.ts";

afterEach(() => vi.unstubAllEnvs());

test("nothing of the machine gets to git but the way to remotes and the trust in them", () => {
  vi.stubEnv("GIT_SSH_COMMAND", "evil");
  vi.stubEnv("GITHUB_TOKEN", "secret");
  vi.stubEnv("https_proxy", "http://proxy:3128");
  vi.stubEnv("GIT_SSL_CAINFO", "/ca.pem");

  const environment = gitEnvironment({ folder: "/cache/a.git", remote: true });

  expect(environment).toMatchObject({
    https_proxy: "http://proxy:3128",
    GIT_SSL_CAINFO: "/ca.pem",
    GIT_DIR: "/cache/a.git",
  });
  expect(environment).toMatchObject({ HOME: "/dev/null", GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" });
  expect(environment).not.toHaveProperty("GIT_SSH_COMMAND");
  expect(environment).not.toHaveProperty("GITHUB_TOKEN");
});

test("a command that needs no remote has no transport", () => {
  expect(gitEnvironment({ remote: false })).toMatchObject({ GIT_ALLOW_PROTOCOL: "" });
});

test("the header is set for the exact origin, and redirects are off", () => {
  const auth = { url: "https://git.example:8443/a/b.git", authorization: new Secret("Basic abcdef") };
  const pairs = Object.entries(gitSettings(auth));
  const valueOf = (key: string) => {
    const name = pairs.find(([, value]) => value === key)?.[0].replace("KEY", "VALUE");
    return pairs.find(([key]) => key === name)?.[1];
  };
  expect(valueOf("http.https://git.example:8443/.extraHeader")).toBe("Authorization: Basic abcdef");
  expect(valueOf("http.followRedirects")).toBe("false");
});
