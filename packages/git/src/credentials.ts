import { Secret } from "@lockstep/shared/errors";

/** Who we are to the hosts that we read from and write to. */
export interface Credentials {
  /**
   * The value of the `Authorization` header for requests to `url`; undefined where these credentials are not meant
   * for its origin (scheme, host and port), so that they never reach another (I9).
   */
  authorization(url: string, signal: AbortSignal): Promise<Secret | undefined>;
}

/** Credentials with the bare token too, for a REST client of the same host. */
export interface TokenCredentials extends Credentials {
  /** A token that stays valid for the next minutes. Ask anew for each request. */
  token(signal: AbortSignal): Promise<string>;
}

/** One fixed token for one origin (`https://git.example`). `user` is what the host wants before it, if anything. */
export function tokenCredentials(origin: string, token: Secret, user = "x-access-token"): TokenCredentials {
  return mintedCredentials(origin, user, () => Promise.resolve(token));
}

/** Credentials for one origin from whatever mints the token; git sends it as the password of `user`. */
export function mintedCredentials(
  origin: string,
  user: string,
  mint: (signal: AbortSignal) => Promise<Secret>,
): TokenCredentials {
  const home = new URL(origin).origin;
  return {
    async token(signal) {
      return (await mint(signal)).reveal();
    },
    async authorization(url, signal) {
      if (new URL(url).origin !== home) return undefined;
      const password = await mint(signal);
      return new Secret(`Basic ${Buffer.from(`${user}:${password.reveal()}`).toString("base64")}`);
    },
  };
}
