import { gitHubCredentials, type TokenCredentials } from "@lockstep/git";
import type { Config } from "@lockstep/shared/config";

/** A forge, and who we are there. */
export interface GitHubAccount {
  readonly github: Pick<Config["github"], "apiUrl" | "app" | "token">;
  /** Undefined where neither a token nor an app is configured: every call says so. */
  readonly credentials: TokenCredentials | undefined;
}

/** The account of the newest configuration. It is kept as long as the configuration is, and its minted tokens with it. */
export function currentAccount(config: () => Pick<Config, "github">): () => GitHubAccount {
  let account: GitHubAccount | undefined;
  return () => {
    const { github } = config();
    if (account?.github !== github) account = { github, credentials: gitHubCredentials(github) };
    return account;
  };
}
