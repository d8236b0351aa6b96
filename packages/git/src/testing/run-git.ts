import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Git as a person or a server would run it, apart from the code under test. Returns what it prints, trimmed. */
export async function runGit(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const person = { name: "Pat Person", email: "pat@example.test", date: "2025-01-02T03:04:05Z" };
  const { stdout } = await run("git", [...args], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      HOME: "/nonexistent",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_AUTHOR_NAME: person.name,
      GIT_AUTHOR_EMAIL: person.email,
      GIT_AUTHOR_DATE: person.date,
      GIT_COMMITTER_NAME: person.name,
      GIT_COMMITTER_EMAIL: person.email,
      GIT_COMMITTER_DATE: person.date,
      ...env,
    },
  });
  return stdout.trim();
}
