import { mkdir, mkdtempDisposable, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SyncError } from "@lockstep/shared/errors";
import { expect, test } from "vitest";
import { debianMirror } from "./fetch-debian-package.ts";
import { firstThatLeads } from "./find-nats-server.ts";

const { signal } = new AbortController();

test("the package of Debian's unstable suite ends in the cache, and the machine's sources stay as they are", async (context) => {
  const mirror = await debianMirror().catch((error: unknown) =>
    error instanceof SyncError ? error : Promise.reject(error),
  );
  const { uri } = mirror instanceof SyncError ? context.skip(mirror.message) : mirror;
  await using cache = await mkdtempDisposable(join(tmpdir(), "cache-"));
  const before = await readdir("/etc/apt/sources.list.d");
  const lines: string[] = [];
  const way = { kind: "debian" as const, destination: join(cache.path, "debian", "nats-server") };

  const found = await firstThatLeads([way], { report: (line) => lines.push(line), signal }).catch((error: unknown) =>
    error instanceof SyncError ? error : Promise.reject(error),
  );
  // Without a network there is nothing to prove; any other failure of apt-get is ours.
  if (
    found instanceof SyncError &&
    /Could not (resolve|connect)|Unable to connect|Temporary failure/i.test(found.message)
  ) {
    context.skip(found.message);
  }

  expect(found).toEqual({ path: way.destination, version: expect.stringMatching(/^2\./), origin: "debian" });
  expect(lines).toEqual([expect.stringContaining(`Debian's unstable suite (${uri})`)]);
  expect(await readdir(cache.path)).toEqual(["debian"]);
  expect(await readdir("/etc/apt/sources.list.d")).toEqual(before);
});

test("the mirror is the machine's own, in either format of its sources", async () => {
  await using root = await mkdtempDisposable(join(tmpdir(), "debian-"));
  const machine = { osRelease: join(root.path, "os-release"), aptFolder: join(root.path, "apt") };
  await writeFile(machine.osRelease, 'NAME="Debian GNU/Linux"\nVERSION_CODENAME=trixie\nID=debian\n');

  await expect(debianMirror(machine)).rejects.toMatchObject({ code: "NATS_PACKAGE_UNAVAILABLE", message: /no mirror/ });

  await mkdir(join(machine.aptFolder, "sources.list.d"), { recursive: true });
  const stanza = "Types: deb\nURIs: http://new.example/debian\nSuites: trixie\nComponents: main\nSigned-By: /k.gpg\n";
  await writeFile(join(machine.aptFolder, "sources.list.d", "debian.sources"), stanza);
  expect(await debianMirror(machine)).toEqual({ uri: "http://new.example/debian", signedBy: "/k.gpg" });

  await writeFile(
    join(machine.aptFolder, "sources.list"),
    "deb [signed-by=/k.gpg] http://old.example/debian trixie main\n",
  );
  expect(await debianMirror(machine)).toEqual({ uri: "http://old.example/debian", signedBy: "/k.gpg" });
});

test("Ubuntu and the like are no Debian: their sources have no unstable suite", async () => {
  await using root = await mkdtempDisposable(join(tmpdir(), "debian-"));
  const osRelease = join(root.path, "os-release");
  await writeFile(osRelease, "ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n");

  await expect(debianMirror({ osRelease, aptFolder: root.path })).rejects.toMatchObject({
    code: "NATS_PACKAGE_UNAVAILABLE",
    message: expect.stringContaining("only on Debian"),
  });
  expect(await readFile(osRelease, "utf8")).toContain("ubuntu");
});
