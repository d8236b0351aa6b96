import { setTimeout } from "node:timers/promises";
import type { z } from "zod";
import type { ApiCall, GitHubApi } from "./github-api.ts";

/** One repository to make calls to; owner and name are filled in, and the signal ends every call and wait. */
export interface GitHubRepository {
  readonly owner: string;
  readonly call: <Schema extends z.ZodType>(call: ApiCall<Schema>) => Promise<z.output<Schema>>;
  readonly ready: () => Promise<void>;
  readonly wait: (ms: number) => Promise<void>;
}

/** `name` is `owner/name`. */
export function gitHubRepository(api: GitHubApi, name: string, signal: AbortSignal): GitHubRepository {
  const [owner = "", repo = ""] = name.split("/");
  return {
    owner,
    call: ({ parameters, ...call }) => api.call({ ...call, parameters: { owner, repo, ...parameters } }, signal),
    ready: () => api.ready(),
    wait: (ms) => setTimeout(ms, undefined, { signal }),
  };
}
