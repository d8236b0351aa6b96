import type { Headers } from "undici";

/** What tells a later request whether an answer still holds. */
export interface Validators {
  readonly etag?: string | undefined;
  /** Only where it is strong: a change within its second would go unseen otherwise. */
  readonly lastModified?: string | undefined;
}

/**
 * The validators of an answer. `Last-Modified` has a resolution of a second, so it stands for the content only if the
 * answer is at least one second younger (RFC 9110, 8.8.2.2). Pure.
 */
export function validatorsOf(headers: Pick<Headers, "get">): Validators {
  const etag = headers.get("etag");
  const lastModified = headers.get("last-modified");
  const age = Date.parse(headers.get("date") ?? "") - Date.parse(lastModified ?? "");
  return {
    ...(etag === null ? {} : { etag }),
    ...(lastModified !== null && age >= 1000 ? { lastModified } : {}),
  };
}

/** The request headers that ask for an answer only if the validators no longer hold. A tag says more than a time. */
export function conditionOf({ etag, lastModified }: Validators): Record<string, string> {
  if (etag !== undefined) return { "if-none-match": etag };
  return lastModified === undefined ? {} : { "if-modified-since": lastModified };
}
