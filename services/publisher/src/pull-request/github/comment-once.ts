import { PermanentError } from "@lockstep/shared/runtime";
import { z } from "zod";
import type { GitHubRepository } from "./github-repository.ts";

const Comments = z.array(z.object({ body: z.string().nullish() }));
const pageSize = 100;
const mostPages = 10;

/** Says something once for each key. A conversation that is locked, or a missing permission, is a warning. */
export async function commentOnce(
  { call }: GitHubRepository,
  number: number,
  { key, text }: { readonly key: string; readonly text: string },
): Promise<readonly string[]> {
  const mark = `<!-- lockstep-comment ${key} -->`;
  const path = "/repos/{owner}/{repo}/issues/{issue_number}/comments";
  for (let page = 1; page <= mostPages; page++) {
    const parameters = { issue_number: number, per_page: pageSize, page };
    const comments = await call({ route: `GET ${path}`, parameters, answer: Comments });
    if (comments.some(({ body }) => body?.startsWith(mark) === true)) return [];
    if (comments.length < pageSize) break;
  }
  try {
    const parameters = { issue_number: number, body: `${mark}\n${text}` };
    await call({ route: `POST ${path}`, parameters, answer: z.unknown() });
    return [];
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    return [`comment: ${error.message}`.slice(0, 500)];
  }
}
