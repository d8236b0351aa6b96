import { execFile } from "node:child_process";
import { access, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv, promisify } from "node:util";
import { PermanentError, redact, TransientError } from "@lockstep/shared/errors";
import { chooseDebianMirror, type DebianMirror } from "./choose-debian-mirror.ts";
import { type AptSource, parseAptSources } from "./parse-apt-sources.ts";

const withinMs = 180_000;
const keyrings = ["/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp"];

/** Where the machine's own configuration is; tests read another. */
export interface DebianMachine {
  readonly osRelease: string;
  readonly aptFolder: string;
}

const thisMachine: DebianMachine = { osRelease: "/etc/os-release", aptFolder: "/etc/apt" };

/**
 * Fetches nats-server's package from Debian's unstable suite by apt-get and unpacks it into a folder: with lists and
 * cache of its own there, so that it needs no root and leaves the machine's sources and packages as they are. apt
 * checks the archive's signature with the machine's keys.
 * @returns the binary's path
 * @throws {PermanentError} NATS_PACKAGE_UNAVAILABLE: no Debian, or no mirror in its sources
 * @throws {TransientError} NATS_PACKAGE_FAILED: apt-get or dpkg did not manage
 */
export async function fetchDebianPackage(
  folder: string,
  { report, signal }: { readonly report: (line: string) => void; readonly signal: AbortSignal },
): Promise<string> {
  const mirror = await debianMirror();
  report(
    redact(
      `last resort: fetching nats-server from Debian's unstable suite (${mirror.uri}) by apt-get into Lockstep's ` +
        "cache only; the machine's sources and packages stay as they are",
    ),
  );
  const options = await prepareApt(folder, mirror);
  await run("apt-get", [...options, "update"], { cwd: folder, signal });
  await run("apt-get", [...options, "download", "nats-server"], { cwd: folder, signal });
  const file = (await readdir(folder)).find((name) => name.endsWith(".deb"));
  if (file === undefined) throw new TransientError("NATS_PACKAGE_FAILED", "apt-get download left no package");
  await run("dpkg-deb", ["-x", file, "unpacked"], { cwd: folder, signal });
  return join(folder, "unpacked", "usr", "sbin", "nats-server");
}

/**
 * The mirror this machine gets Debian from.
 * @throws {PermanentError} NATS_PACKAGE_UNAVAILABLE
 */
export async function debianMirror(machine: DebianMachine = thisMachine): Promise<DebianMirror> {
  const release = parseEnv((await readIfThere(machine.osRelease)) ?? "");
  if (release["ID"] !== "debian")
    throw new PermanentError("NATS_PACKAGE_UNAVAILABLE", "only on Debian, which this is not");
  const mirror = chooseDebianMirror(await aptSources(machine.aptFolder), release["VERSION_CODENAME"]);
  if (mirror === undefined) {
    throw new PermanentError(
      "NATS_PACKAGE_UNAVAILABLE",
      `no mirror of Debian in the sources below ${machine.aptFolder}`,
    );
  }
  return { uri: mirror.uri, signedBy: mirror.signedBy ?? (await firstThere(keyrings)) };
}

async function aptSources(folder: string): Promise<readonly AptSource[]> {
  const parts = join(folder, "sources.list.d");
  const names = (await firstThere([parts])) === undefined ? [] : await readdir(parts);
  const files = names.filter((name) => /\.(list|sources)$/.test(name)).map((name) => join(parts, name));
  const found: AptSource[] = [];
  for (const file of [join(folder, "sources.list"), ...files]) {
    found.push(...parseAptSources(file, (await readIfThere(file)) ?? ""));
  }
  return found;
}

/** Writes the one source and gives the options that make apt-get see nothing else and write nowhere else. */
async function prepareApt(folder: string, { uri, signedBy }: DebianMirror): Promise<readonly string[]> {
  const [lists, cache, sources] = [join(folder, "lists"), join(folder, "cache"), join(folder, "sources.list")];
  await mkdir(join(lists, "partial"), { recursive: true });
  await mkdir(join(cache, "archives", "partial"), { recursive: true });
  await writeFile(sources, `deb ${signedBy === undefined ? "" : `[signed-by=${signedBy}] `}${uri} sid main\n`);
  const settings = [
    `Dir::Etc::sourcelist=${sources}`,
    "Dir::Etc::sourceparts=-",
    // The machine's own preferences are about its own suites: they may forbid unstable or demand another.
    "Dir::Etc::preferences=-",
    "Dir::Etc::preferencesparts=-",
    "APT::Default-Release=",
    `Dir::State::Lists=${lists}`,
    `Dir::Cache=${cache}`,
    "Acquire::Languages=none",
    "Acquire::Retries=1",
    "Acquire::http::Timeout=5",
    "Acquire::https::Timeout=5",
    // As root, apt becomes another user to download, who may not write into a cache below root's home.
    "APT::Sandbox::User=",
  ];
  return ["-qq", ...settings.flatMap((setting) => ["-o", setting])];
}

/** What the program prints to stderr is no failure by itself: apt-get warns there. Its exit code counts. */
async function run(program: string, args: readonly string[], at: { cwd: string; signal: AbortSignal }): Promise<void> {
  const env = { ...process.env, LC_ALL: "C.UTF-8", DEBIAN_FRONTEND: "noninteractive" };
  try {
    await promisify(execFile)(program, args, { ...at, env, timeout: withinMs });
  } catch (cause) {
    at.signal.throwIfAborted();
    const printed = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : "";
    const why = printed === "" && cause instanceof Error ? cause.message : printed;
    const last = why.split("\n").slice(-3).join("; ");
    throw new TransientError("NATS_PACKAGE_FAILED", `${program} ${args.at(-1)}: ${last}`, { cause });
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  return (await firstThere([file])) === undefined ? undefined : readFile(file, "utf8");
}

async function firstThere(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const there = await access(file).then(
      () => true,
      () => false,
    );
    if (there) return file;
  }
  return undefined;
}
