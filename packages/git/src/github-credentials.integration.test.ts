import { generateKeyPairSync, verify } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Secret } from "@lockstep/shared/errors";
import { expect, test } from "vitest";
import { gitHubCredentials, type GitHubApp } from "./github-credentials.ts";
import { soon } from "./testing/world.ts";

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const privateKey = new Secret(String(keys.privateKey.export({ type: "pkcs1", format: "pem" })));

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

interface App extends AsyncDisposable {
  readonly apiUrl: string;
  readonly mints: string[];
  answer: Answer | undefined;
  lifeMs: number;
}

/** GitHub's one endpoint for installation tokens; answers only who signed with the app's key. */
async function startGitHub(): Promise<App> {
  const http = createServer((request, response) => {
    github.mints.push(request.url ?? "");
    const [head, body, signature] = (request.headers.authorization ?? "").replace(/^bearer /, "").split(".");
    const signed = verify(
      "sha256",
      Buffer.from(`${head}.${body}`),
      keys.publicKey,
      Buffer.from(signature ?? "", "base64url"),
    );
    const { status, headers } = github.answer ?? { status: signed ? 201 : 401 };
    const token = `ghs_minted0000000${github.mints.length}`;
    const expires_at = new Date(Date.now() + github.lifeMs).toISOString();
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(status === 201 ? { token, expires_at } : { message: "no" }));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const github: App = {
    apiUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}/api/v3`,
    mints: [],
    answer: undefined,
    lifeMs: 3_600_000,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return github;
}

let installations = 0;
const app = (more: Partial<GitHubApp> = { privateKey }): GitHubApp => ({
  id: 7,
  installationId: (installations += 1),
  ...more,
});

function credentialsOf(github: App, more?: Partial<GitHubApp>) {
  const credentials = gitHubCredentials({ apiUrl: github.apiUrl, app: app(more), token: new Secret("the-app-wins") });
  if (credentials === undefined) throw new Error("an app was configured");
  return credentials;
}

test("however many ask, one token is minted, for git and the API alike", async () => {
  await using github = await startGitHub();
  const credentials = credentialsOf(github);
  const url = `${new URL(github.apiUrl).origin}/a/b.git`;

  const [first, second, header] = await Promise.all([
    credentials.token(soon()),
    credentials.token(soon()),
    credentials.authorization(url, soon()),
  ]);

  expect([first, second]).toEqual(["ghs_minted00000001", "ghs_minted00000001"]);
  expect(header?.reveal()).toBe(`Basic ${Buffer.from("x-access-token:ghs_minted00000001").toString("base64")}`);
  expect(await credentials.token(soon())).toBe(first);
  expect(github.mints).toHaveLength(1);
  expect(github.mints[0]).toMatch(/^\/api\/v3\/app\/installations\/\d+\/access_tokens$/);
});

test("a token is minted anew before it ends", async () => {
  await using github = await startGitHub();
  github.lifeMs = 4 * 60_000;
  const credentials = credentialsOf(github);
  expect(await credentials.token(soon())).toBe("ghs_minted00000001");
  expect(await credentials.token(soon())).toBe("ghs_minted00000002");
});

test("a mint that failed is tried again by the next who asks", async () => {
  await using github = await startGitHub();
  const credentials = credentialsOf(github);
  github.answer = { status: 502 };
  await expect(credentials.token(soon())).rejects.toMatchObject({ name: "TransientError", code: "GITHUB_UNREACHABLE" });
  github.answer = undefined;
  expect(await credentials.token(soon())).toBe("ghs_minted00000002");
});

test.each<[Answer, object]>([
  [{ status: 401 }, { name: "PermanentError", code: "GITHUB_APP_REFUSED" }],
  [{ status: 404 }, { name: "PermanentError", code: "GITHUB_APP_REFUSED" }],
  [
    { status: 429, headers: { "retry-after": "7" } },
    { code: "GITHUB_RATE_LIMITED", retryAfterMs: 7000 },
  ],
  [
    { status: 403, headers: { "retry-after": "60" } },
    { code: "GITHUB_RATE_LIMITED", retryAfterMs: 60_000 },
  ],
])("GitHub's answer %j is said in our words", async (answer, error) => {
  await using github = await startGitHub();
  github.answer = answer;
  await expect(credentialsOf(github).token(soon())).rejects.toMatchObject(error);
});

test("a key that is missing or no key is a PermanentError that does not show it (I9)", async () => {
  await using github = await startGitHub();
  await expect(credentialsOf(github, { privateKeyPath: "/nowhere/key.pem" }).token(soon())).rejects.toMatchObject({
    name: "PermanentError",
    code: "GITHUB_APP_KEY_UNREADABLE",
  });
  const refused = await credentialsOf(github, { privateKey: new Secret("not a key at all") })
    .token(soon())
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({ name: "PermanentError", code: "GITHUB_APP_KEY_REFUSED" });
  expect(String(refused)).not.toContain("not a key at all");
});

test("an abort lets its caller go and leaves the token to the others", async () => {
  await using github = await startGitHub();
  const credentials = credentialsOf(github);
  const controller = new AbortController();
  const aborted = credentials.token(controller.signal).catch(String);
  const other = credentials.token(soon());
  controller.abort(new Error("enough"));
  expect(await aborted).toBe("Error: enough");
  expect(await other).toBe("ghs_minted00000001");
  expect(github.mints).toHaveLength(1);
});

test("an API that is down is a TransientError", async () => {
  const github = await startGitHub();
  await github[Symbol.asyncDispose]();
  await expect(credentialsOf(github).token(soon())).rejects.toMatchObject({
    name: "TransientError",
    code: "GITHUB_UNREACHABLE",
  });
});
