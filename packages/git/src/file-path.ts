import { PermanentError } from "@lockstep/shared/errors";

/**
 * A file's path in a repository, as git takes it: relative, `/` between segments, nothing that leads outside or into
 * git's own folder on any file system. PermanentError `FILE_PATH_INVALID` otherwise.
 */
export function filePath(path: string): string {
  if (path === "" || /[\p{Cc}\\]/u.test(path) || path.split("/").some(isForbidden)) {
    throw new PermanentError("FILE_PATH_INVALID", `${JSON.stringify(path)} is no path of a file in a repository`, {
      hint: "Write it relative to the repository's root, without empty, `.`, `..` or `.git` segments.",
    });
  }
  return path;
}

/** HFS+ ignores these characters and NTFS trailing dots and spaces: `.git` in disguise, like CVE-2014-9390. */
const ignored = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu;

function isForbidden(segment: string): boolean {
  const plain = segment
    .replace(ignored, "")
    .replace(/[. ]+$/, "")
    .toLowerCase();
  return plain === "" || plain === ".git" || plain === "git~1";
}
