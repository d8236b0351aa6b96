import { createHash } from "node:crypto";
import { LaterError, PermanentError, TransientError, type Pauses } from "@lockstep/shared/runtime";
import { Octokit } from "@octokit/core";
import { RequestError } from "@octokit/request-error";
import { Agent, fetch } from "undici";
import type { z } from "zod";
import type { GitHubAccount } from "./github-account.ts";
import { githubError } from "./github-error.ts";

export interface GitHubApiOptions {
  /** Asked for each call: the configuration may change. */
  readonly account: () => GitHubAccount;
  readonly pauses: Pauses;
  /** Milliseconds for one call. Default: 15 s. */
  readonly timeoutMs?: number;
}

/** GitHub's REST API as single calls: signed in, limited in time, parsed. */
export interface GitHubApi extends AsyncDisposable {
  /** Throws LaterError GITHUB_RATE_LIMITED while this forge and credential are paused, by whichever replica. */
  ready(): Promise<void>;
  /**
   * One call; a write checks the pause before, a read does not.
   * Throws the signal's reason or a `GITHUB_` error; see `refusedStatus`.
   */
  call<Schema extends z.ZodType>(call: ApiCall<Schema>, signal: AbortSignal): Promise<z.output<Schema>>;
}

export interface ApiCall<Schema extends z.ZodType> {
  /** `POST /repos/{owner}/{repo}/pulls`, with the names of GitHub's description. */
  readonly route: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly answer: Schema;
}

/** One keep-alive pool for all calls: a new TLS connection costs more than most calls do. */
export function createGitHubApi({ account, pauses, timeoutMs = 15_000 }: GitHubApiOptions): GitHubApi {
  const dispatcher = new Agent({ keepAliveTimeout: 60_000, connections: 16 });
  const quiet = () => undefined;
  const octokit = new Octokit({
    userAgent: "lockstep",
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    request: { fetch: (url: string, init: object) => fetch(url, { ...init, dispatcher }) },
  });

  async function ready(): Promise<void> {
    const untilMs = await pauses.until(pauseName(account().github));
    if (untilMs === undefined) return;
    const message = `GitHub asked to wait until ${new Date(untilMs).toISOString()}`;
    throw new LaterError("GITHUB_RATE_LIMITED", message, { untilMs });
  }

  async function authorization({ credentials }: GitHubAccount, signal: AbortSignal): Promise<string> {
    if (credentials !== undefined) return `token ${await credentials.token(signal)}`;
    throw new PermanentError("GITHUB_NO_CREDENTIALS", "neither github.token nor github.app is configured", {
      hint: "Set GITHUB_TOKEN, or configure a GitHub App.",
    });
  }

  return {
    ready,
    async call({ route, parameters, answer }, signal) {
      if (!route.startsWith("GET ")) await ready();
      const signedIn = account();
      const { apiUrl: baseUrl } = signedIn.github;
      const limit = AbortSignal.timeout(timeoutMs);
      const request = { signal: AbortSignal.any([signal, limit]) };
      const headers = { authorization: await authorization(signedIn, signal), "x-github-api-version": "2022-11-28" };
      const called = describeCall(route, parameters);
      try {
        const { data }: { data: unknown } = await octokit.request(route, { ...parameters, baseUrl, headers, request });
        return readAnswer(answer, data, called);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof RequestError) && !limit.aborted) throw error;
        const refused = refusal(error, { called, limited: limit.aborted });
        if (refused instanceof LaterError) await pauses.pause(pauseName(signedIn.github), refused.untilMs);
        throw refused;
      }
    },
    [Symbol.asyncDispose]: () => dispatcher.close(),
  };
}

/** The status that a refused call ended with; undefined for any other error. */
export function refusedStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !(error.cause instanceof RequestError)) return undefined;
  return error.cause.response?.status;
}

/** Whether a call may have had its effect although it failed: no answer came, or one from a gateway. */
export function mayHaveWorked(error: unknown): boolean {
  return error instanceof TransientError && error.code !== "GITHUB_STALE_READ";
}

function refusal(error: unknown, about: { called: string; limited: boolean }) {
  const response = error instanceof RequestError ? error.response : undefined;
  const words = about.limited ? "it took too long" : error instanceof Error ? error.message : String(error);
  return githubError({
    call: about.called,
    status: response?.status,
    headers: response?.headers ?? {},
    words,
    now: Date.now(),
    cause: error,
  });
}

/** What a proxy or a half answer gives instead of GitHub's JSON ends here. */
function readAnswer<Schema extends z.ZodType>(schema: Schema, data: unknown, called: string): z.output<Schema> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const seen = typeof data === "string" ? `text that begins ${JSON.stringify(data.slice(0, 60))}` : "other JSON";
  throw new TransientError("GITHUB_ANSWER_UNREADABLE", `the answer to ${called} is not GitHub's, but ${seen}`, {
    hint: "Check github.apiUrl (an Enterprise Server's ends in /api/v3) and any proxy between.",
    cause: parsed.error,
  });
}

function describeCall(route: string, parameters: Readonly<Record<string, unknown>>): string {
  return route.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = parameters[name];
    return typeof value === "string" || typeof value === "number" ? String(value) : whole;
  });
}

/** One name for a forge and credential, and no secret in it (I9). */
function pauseName({ apiUrl, app, token }: GitHubAccount["github"]): string {
  const host = new URL(apiUrl).host.replaceAll(/[^\w.-]/g, "_");
  if (app?.id !== undefined) return `github.${host}.app-${app.id}-${app.installationId ?? 0}`;
  const hash = createHash("sha256")
    .update(token?.reveal() ?? "")
    .digest("hex");
  return `github.${host}.token-${hash.slice(0, 12)}`;
}
