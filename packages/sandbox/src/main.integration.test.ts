import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

function startMain(...args: readonly string[]): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
}

test("a forge in a process of its own prints its addresses, takes faults, and ends when it is asked to", async () => {
  const child = startMain("forge", "--token", "ghp_fixed");
  const exited = once(child, "exit");
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const { url, apiUrl, token } = JSON.parse(line) as Record<string, string>;

  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ path: "*/user", effect: { kind: "status", status: 418 } });
  await fetch(`${url}/_sandbox/faults`, { method: "POST", headers, body });
  const user = () => fetch(`${apiUrl}/user`, { headers: { authorization: `token ${token}` } });

  expect([(await user()).status, (await user()).status]).toEqual([418, 200]);
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
});

test("wrong usage ends with 2 and says what is right", async () => {
  const child = startMain("source", "--history", "x");
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));

  const [code] = (await once(child, "close")) as [number];

  expect(code).toBe(2);
  expect(said).toMatch(/^usage: main.ts forge/);
});
