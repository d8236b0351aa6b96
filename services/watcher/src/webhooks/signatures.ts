import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Secret } from "@lockstep/shared/runtime";

/** Whether one of the secrets signed the body with HMAC-SHA-256. In constant time for each. */
export function isSignedWith(body: Buffer, hex: string, secrets: readonly Secret[]): boolean {
  if (!/^[0-9a-f]{64}$/.test(hex)) return false;
  const given = Buffer.from(hex, "hex");
  return secrets
    .map((secret) => timingSafeEqual(createHmac("sha256", secret.reveal()).update(body).digest(), given))
    .includes(true);
}

/** Whether a token is one of the secrets. In constant time, whatever their lengths: digests are compared. */
export function isOneOf(token: string, secrets: readonly Secret[]): boolean {
  const digest = (text: string) => createHmac("sha256", "lockstep").update(text).digest();
  const given = digest(token);
  return token !== "" && secrets.map((secret) => timingSafeEqual(digest(secret.reveal()), given)).includes(true);
}

/** A header that was sent once. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return typeof value === "string" ? value : "";
}
