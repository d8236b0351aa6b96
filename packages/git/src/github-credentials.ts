import { readFile } from "node:fs/promises";
import { createAppAuth } from "@octokit/auth-app";
import { request } from "@octokit/request";
import { PermanentError, Secret, TransientError } from "@lockstep/shared/errors";
import { mintedCredentials, tokenCredentials, type TokenCredentials } from "./credentials.ts";

/** How to sign in to a GitHub: `github` of lockstep.yaml. The app wins over the token. */
export interface GitHubAccount {
  /** `https://api.github.com`, or `https://HOST/api/v3` of a GitHub Enterprise Server. */
  readonly apiUrl: string;
  readonly app?: GitHubApp | undefined;
  readonly token?: Secret | undefined;
}

export interface GitHubApp {
  readonly id?: number | undefined;
  readonly installationId?: number | undefined;
  /** PEM, PKCS#1 or PKCS#8; `\n` may stand for line ends. */
  readonly privateKey?: Secret | undefined;
  readonly privateKeyPath?: string | undefined;
}

/** Credentials for GitHub's API and its git; undefined where neither an app nor a token is configured. */
export function gitHubCredentials(account: GitHubAccount): TokenCredentials | undefined {
  const origin = gitOrigin(account.apiUrl);
  const { id, installationId } = account.app ?? {};
  if (account.app !== undefined && id !== undefined && installationId !== undefined) {
    const mint = () => mintInstallationToken(account.apiUrl, { ...account.app, id, installationId });
    return mintedCredentials(origin, "x-access-token", refreshing(mint));
  }
  return account.token === undefined ? undefined : tokenCredentials(origin, account.token);
}

/** Where a forge serves git: an Enterprise Server beside its API, github.com and *.ghe.com without the `api.`. */
function gitOrigin(apiUrl: string): string {
  const url = new URL(apiUrl);
  if (/^api\.(github\.com|[^.]+\.ghe\.com)$/.test(url.hostname)) url.hostname = url.hostname.slice("api.".length);
  return url.origin;
}

interface Minted {
  readonly token: Secret;
  readonly expiresAt: number;
}

/** A push may begin just before a token ends and must still end well. */
const spareMs = 5 * 60_000;

/** Keeps a token until shortly before its end; however many ask, one request is in flight. */
function refreshing(mint: () => Promise<Minted>): (signal: AbortSignal) => Promise<Secret> {
  let current: Minted | undefined;
  let inFlight: Promise<Minted> | undefined;
  return async (signal) => {
    signal.throwIfAborted();
    if (current !== undefined && current.expiresAt - spareMs > Date.now()) return current.token;
    inFlight ??= mint().finally(() => (inFlight = undefined));
    current = await unlessAborted(inFlight, signal);
    return current.token;
  };
}

/** The request is everybody's: an abort lets one caller go and leaves it to the others. */
function unlessAborted<T>(shared: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  return Promise.race([shared, promise]).finally(() => signal.removeEventListener("abort", stop));
}

const limitMs = 15_000;

type ConfiguredApp = GitHubApp & { readonly id: number; readonly installationId: number };

async function mintInstallationToken(apiUrl: string, app: ConfiguredApp): Promise<Minted> {
  const privateKey = await readPrivateKey(app);
  const baseUrl = apiUrl.replace(/\/+$/, "");
  const api = request.defaults({ baseUrl, request: { signal: AbortSignal.timeout(limitMs) } });
  const auth = createAppAuth({ appId: app.id, installationId: app.installationId, privateKey, request: api });
  try {
    const { token, expiresAt } = await auth({ type: "installation", refresh: true });
    return { token: new Secret(token), expiresAt: Date.parse(expiresAt) };
  } catch (error) {
    throw appError(error, `GitHub App ${app.id}, installation ${app.installationId} at ${new URL(baseUrl).host}`);
  }
}

async function readPrivateKey({ privateKey, privateKeyPath }: GitHubApp): Promise<string> {
  if (privateKey !== undefined) return privateKey.reveal();
  try {
    return new Secret(await readFile(privateKeyPath ?? "", "utf8")).reveal();
  } catch (error) {
    throw new PermanentError("GITHUB_APP_KEY_UNREADABLE", `the private key at ${privateKeyPath} cannot be read`, {
      hint: "Mount the key's file, or correct github.app.privateKeyPath.",
      cause: error,
    });
  }
}

interface Answered {
  readonly status?: number;
  readonly response?: { readonly headers: Readonly<Record<string, string | undefined>> };
}

/** https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app, under "HTTP response status codes". */
function appError(error: unknown, who: string): Error {
  const { status, response } = error as Answered;
  const words = error instanceof Error ? error.message : String(error);
  const message = `no token for ${who}: ${words}`;
  if (response === undefined && status === undefined) {
    return new PermanentError("GITHUB_APP_KEY_REFUSED", message, {
      hint: "Check the private key: PEM, of an RSA key.",
      cause: error,
    });
  }
  const wait = retryAfterMs(response?.headers ?? {});
  if (status === 429 || (status === 403 && wait !== undefined)) {
    return new TransientError("GITHUB_RATE_LIMITED", message, {
      cause: error,
      ...(wait !== undefined && { retryAfterMs: wait }),
    });
  }
  if (response === undefined || (status ?? 500) >= 500) {
    return new TransientError("GITHUB_UNREACHABLE", message, { cause: error });
  }
  return new PermanentError("GITHUB_APP_REFUSED", message, {
    hint: "Check the app's id, its private key, and that the installation exists and is not suspended.",
    cause: error,
  });
}

function retryAfterMs(headers: Readonly<Record<string, string | undefined>>): number | undefined {
  const seconds = Number(headers["retry-after"]);
  if (headers["retry-after"] !== undefined && seconds >= 0) return seconds * 1000;
  if (headers["x-ratelimit-remaining"] !== "0") return undefined;
  return Math.max(0, Number(headers["x-ratelimit-reset"]) * 1000 - Date.now()) || undefined;
}
