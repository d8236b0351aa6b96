import { Secret } from "@lockstep/shared/runtime";

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
  /** A token that is valid for at least the next minutes. Ask anew for each request. */
  token(signal: AbortSignal): Promise<string>;
}
