import { readdir, readFile } from "node:fs/promises";

/** The command lines of all processes that mention these words, as any user of the machine can read them. */
export async function commandLinesWith(words: string): Promise<readonly string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")));
  return lines.map((line) => line.replaceAll("\0", " ")).filter((line) => line.includes(words));
}
