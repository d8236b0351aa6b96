import { PermanentError } from "@lockstep/shared/errors";

/** What `git check-ref-format` refuses: https://git-scm.com/docs/git-check-ref-format */
const forbidden = /[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.lock(\/|$)|(^|\/)\.|\.$|^$/u;

/** `main` → `refs/heads/main`. PermanentError `BRANCH_NAME_INVALID` for what git would not take as a branch's name. */
export function branchRef(name: string): string {
  if (forbidden.test(name) || name.startsWith("-")) {
    throw new PermanentError("BRANCH_NAME_INVALID", `${JSON.stringify(name)} is no name for a branch`, {
      hint: "Correct the branch's name or its template in the configuration.",
    });
  }
  return `refs/heads/${name}`;
}
