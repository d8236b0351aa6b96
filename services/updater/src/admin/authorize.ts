import { createHash, timingSafeEqual } from "node:crypto";
import type { Secret } from "@lockstep/shared/runtime";

interface Asker {
  readonly address: string | undefined;
  readonly authorization: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly forwarded: boolean;
}

/**
 * Whether who asks may administrate: by the token, or without one from this very machine. A page of another site in a
 * browser here, and a proxy before the gateway, are not this machine. Undefined: yes; otherwise the status to answer.
 */
export function refusal(asker: Asker, token: Secret | undefined): 401 | 403 | undefined {
  if (token !== undefined) return isSame(asker.authorization ?? "", `Bearer ${token.reveal()}`) ? undefined : 401;
  const isLocal = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/.test(asker.address ?? "");
  const isLocalName = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(asker.host ?? "");
  const isSameOrigin = asker.origin === undefined || asker.origin.replace(/^https?:\/\//, "") === asker.host;
  return isLocal && isLocalName && isSameOrigin && !asker.forwarded ? undefined : 403;
}

function isSame(one: string, other: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}
