import { Secret } from "@lockstep/shared/errors";
import { expect, test } from "vitest";
import { tokenCredentials } from "./credentials.ts";
import { gitHubCredentials } from "./github-credentials.ts";

const { signal } = new AbortController();
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

test("a token goes to its own origin and to no other (I9)", async () => {
  const credentials = tokenCredentials("https://git.example", new Secret("token-1234"));
  const ask = async (url: string) => (await credentials.authorization(url, signal))?.reveal();

  expect(await ask("https://git.example/a/b.git")).toBe(basic("x-access-token:token-1234"));
  for (const url of [
    "http://git.example/a",
    "https://git.example:8443/a",
    "https://git.example.evil.test/a",
    "https://evil.test/git.example",
  ]) {
    expect(await ask(url)).toBeUndefined();
  }
});

test.each([
  ["https://api.github.com", "https://github.com/a/b.git"],
  ["https://api.acme.ghe.com", "https://acme.ghe.com/a/b.git"],
  ["https://github.acme.example/api/v3", "https://github.acme.example/a/b.git"],
])("the token for the API at %s is for the git at %s", async (apiUrl, url) => {
  const credentials = gitHubCredentials({ apiUrl, token: new Secret("token-1234") });
  expect(await credentials?.token(signal)).toBe("token-1234");
  expect(await credentials?.authorization(url, signal)).toBeDefined();
});

test("without an app or a token there are no credentials", () => {
  expect(gitHubCredentials({ apiUrl: "https://api.github.com" })).toBeUndefined();
});
