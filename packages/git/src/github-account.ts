import { gitHubCredentials, type GitHubAccount } from "./github-credentials.ts";
import type { TokenCredentials } from "./credentials.ts";

/** A forge, and who we are there. */
export interface SignedIn {
  readonly github: GitHubAccount;
  /** Undefined where neither a token nor an app is configured. */
  readonly credentials: TokenCredentials | undefined;
}

/** The account of the newest configuration. It is kept as long as the configuration is, and its minted tokens with it. */
export function currentAccount(config: () => { readonly github: GitHubAccount }): () => SignedIn {
  let account: SignedIn | undefined;
  return () => {
    const { github } = config();
    if (account?.github !== github) account = { github, credentials: gitHubCredentials(github) };
    return account;
  };
}
