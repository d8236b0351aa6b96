import { PermanentError, TransientError, type SyncError } from "@lockstep/shared/errors";
import { meanings } from "./git-words.ts";

/**
 * Reads git's words, the only function that does, and says what they mean. `stderr` of a push holds its porcelain
 * lines too. Credentials are hidden (I9). Unknown words are a TransientError `GIT_FAILED`: tried again, and a dead
 * letter in the end.
 */
export function gitError(args: readonly string[], stderr: string): SyncError {
  const lines = stderr.split("\n");
  const own = lines.filter((line) => !isRemote(line));
  const meaning = meanings.find(({ words, ownOnly }) => (ownOnly ? own : lines).some((line) => words.test(line)));
  const message = `${gitCommand(args)}: ${wordsOf(lines)}`;
  const details = meaning?.hint === undefined ? {} : { hint: meaning.hint };
  if (meaning?.kind === "permanent") return new PermanentError(meaning.code, message, details);
  return new TransientError(meaning?.code ?? "GIT_FAILED", message, details);
}

/** `git fetch` of all the arguments of a fetch: enough to say what failed, and free of foreign words. */
export function gitCommand(args: readonly string[]): string {
  const start = args[0] === "-c" ? 2 : 0;
  return `git ${args[start] ?? ""}`.trim();
}

const prefix = "remote:";
const isRemote = (line: string): boolean => line.startsWith(prefix);
const longest = 1000;

/** The remote's words first, then git's complaints, without progress and advice. */
function wordsOf(lines: readonly string[]): string {
  const remote = lines.filter(isRemote).map((line) => line.slice(prefix.length).trim());
  const complaints = lines.filter((line) => /^(fatal|error|!)/.test(line));
  const words = [...remote, ...complaints].filter((line) => line !== "").join("; ");
  return (words || lines.join(" ").trim() || "it failed without a word").slice(0, longest);
}
