import { createHash } from "node:crypto";
import type { Answer } from "./operation.ts";

/** Gives a read its ETag, or answers 304 to who has that one already. */
export function withEtag(answer: Answer, ifNoneMatch: string | undefined): Answer {
  if (answer.status !== 200) return answer;
  const etag = `W/"${createHash("sha256").update(JSON.stringify(answer.body)).digest("hex")}"`;
  const headers = { ...answer.headers, etag, "cache-control": "private, max-age=0, must-revalidate" };
  if (ifNoneMatch?.split(/,\s*/).includes(etag) === true) return { status: 304, headers };
  return { ...answer, headers };
}
