import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { runGit } from "@lockstep/git/testing";
import { expect, test, vi } from "vitest";
import { createMirrorWorld } from "./testing/mirror-world.ts";

test("git:// on both sides: branches are created, moved and deleted under their leases", async () => {
  const port = await freePort();
  await using world = await createMirrorWorld({
    auth: false,
    url: (_server, name) => `git://127.0.0.1:${port}/acme/${name}.git`,
  });
  await using _daemon = await startDaemon(world.server.root, port);
  const many = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`refs/heads/b${index}`, "x"]));
  await world.change({ "refs/heads/main": "one", ...many });

  const created = await world.run();
  await world.change({ "refs/heads/main": "two", "refs/heads/b0": null, "refs/tags/v1": "x" });
  const changed = await world.run();

  expect(created).toMatchObject({ action: "mirrored", counts: { created: 9 } });
  expect(changed).toMatchObject({ counts: { created: 1, updated: 1, deleted: 1 }, lagging: 0, rejected: [] });
  expect(await world.refs("copy")).toEqual(await world.refs("source"));
});

test("git push keeps the lease: what somebody else pushed is read, reported and then overwritten", async () => {
  const port = await freePort();
  await using world = await createMirrorWorld({
    auth: false,
    url: (_server, name) => `git://127.0.0.1:${port}/acme/${name}.git`,
  });
  await using _daemon = await startDaemon(world.server.root, port);
  await world.change({ "refs/heads/main": "one", "refs/heads/other": "two" });
  await world.run();
  await runGit(world.folders["copy"] ?? "", ["update-ref", "refs/heads/main", "refs/heads/other"]);
  await world.change({ "refs/heads/main": "three" });

  const outcome = await world.run();

  expect(outcome).toMatchObject({ counts: { updated: 1, diverged: 1 }, lagging: 0 });
  expect(await world.refs("copy")).toEqual(await world.refs("source"));
});

test("I9: ssh is strict about hosts, uses only the key it was given, and no secret is in its arguments", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "lockstep-ssh-"));
  const log = join(folder.path, "log");
  // What ssh would do at the other end, without a network: the command is its last argument.
  const script = `#!/bin/sh\nprintf '%s\\n' "$*" >> ${log}\nfor last; do :; done\nexec sh -c "$last"\n`;
  await writeFile(join(folder.path, "ssh"), script);
  await chmod(join(folder.path, "ssh"), 0o755);
  vi.stubEnv("PATH", `${folder.path}:${process.env["PATH"]}`);
  await using world = await createMirrorWorld({
    auth: { sshKeyPath: "/keys/id", knownHostsPath: "/keys/known_hosts" },
    url: (server, name) => `ssh://git@host.example${server.root}/acme/${name}.git`,
  });
  await world.change({ "refs/heads/main": "one" });

  const outcome = await world.run();

  expect(outcome).toMatchObject({ action: "mirrored", lagging: 0 });
  const lines = (await readFile(log, "utf8")).trim().split("\n");
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) {
    expect(line).toContain("StrictHostKeyChecking=yes");
    expect(line).toContain("UserKnownHostsFile=/keys/known_hosts");
    expect(line).toContain("-i /keys/id");
  }
  vi.unstubAllEnvs();
});

async function startDaemon(root: string, port: number): Promise<AsyncDisposable> {
  const args = ["daemon", "--export-all", "--enable=receive-pack", "--reuseaddr", `--base-path=${root}`];
  const child = spawn("git", [...args, "--listen=127.0.0.1", `--port=${port}`], { stdio: "ignore", detached: true });
  for (let tries = 0; tries < 100 && !(await answers(port)); tries += 1) await pause(20);
  return {
    async [Symbol.asyncDispose]() {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
      await once(child, "exit");
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
