import { Secret } from "@lockstep/shared/runtime";
import { expect, test } from "vitest";
import { currentAccount } from "./github-account.ts";

test("an account is kept as long as the configuration, and follows it", async () => {
  const signal = new AbortController().signal;
  let github = { apiUrl: "https://api.github.com", token: new Secret("ghp_the_first_token") };
  const account = currentAccount(() => ({ github }));

  const first = account();
  expect(account()).toBe(first);
  github = { ...github, token: new Secret("ghp_the_second_token") };

  expect(await first.credentials?.token(signal)).toBe("ghp_the_first_token");
  expect(await account().credentials?.token(signal)).toBe("ghp_the_second_token");
});

test("without token or app there are no credentials", () => {
  expect(currentAccount(() => ({ github: { apiUrl: "https://api.github.com" } }))().credentials).toBeUndefined();
});
