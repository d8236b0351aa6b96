import { expect, test } from "vitest";
import { ZodError } from "zod";
import { repositoryIdentity } from "./repository-identity.ts";

test.each([
  ["https://github.com/Acme/Web", "github.com/acme/web"],
  ["https://GitHub.com/acme/web.git", "github.com/acme/web"],
  ["https://github.com:443/acme/web.git/", "github.com/acme/web"],
  ["http://github.com:80/acme/web", "github.com/acme/web"],
  ["https://user:p%40ss@github.com/acme/web", "github.com/acme/web"],
  ["ssh://git@github.com:22/acme/web.git", "github.com/acme/web"],
  ["git@github.com:Acme/Web.git", "github.com/acme/web"],
  ["https://github.com/acme/web?tab=readme#top", "github.com/acme/web"],
])("%s is %s", (url, identity) => {
  expect(repositoryIdentity(url)).toBe(identity);
});

test("a port that is needed to find the host is kept", () => {
  expect(repositoryIdentity("http://127.0.0.1:8080/acme/web.git")).toBe("127.0.0.1:8080/acme/web");
  expect(repositoryIdentity("ssh://git@host:2222/acme/web")).toBe("host:2222/acme/web");
});

test("names below groups are names too", () => {
  expect(repositoryIdentity("https://gitlab.com/group/sub/web.git")).toBe("gitlab.com/group/sub/web");
});

test.each([
  "https://github.com",
  "https://github.com//acme//web",
  "https://github.com/acme/...git",
  "https://github.com/acme/a b",
  "https://github.com/acme/ü",
  "file:///srv/web.git",
  "acme/web",
  "",
])("%j names no repository", (url) => {
  expect(() => repositoryIdentity(url)).toThrow(ZodError);
});
