import { gitHubCredentials, type Credentials } from "@lockstep/git";
import type { ConfigStore } from "@lockstep/shared/config";

/** A GitHub App's token is minted once for a configuration, not once for a look. */
export function rememberCredentials(config: ConfigStore): () => Credentials | undefined {
  let known: { readonly of: object; readonly credentials: Credentials | undefined } | undefined;
  return () => {
    const { github } = config.current;
    if (known?.of !== github) known = { of: github, credentials: gitHubCredentials(github) };
    return known.credentials;
  };
}
