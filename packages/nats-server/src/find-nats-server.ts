import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { PermanentError, SyncError } from "@lockstep/shared/errors";
import { type Attempt, explainNotFound } from "./explain-not-found.ts";
import { fetchDebianPackage } from "./fetch-debian-package.ts";
import { installBinary } from "./install-binary.ts";
import { cacheFolder, nameOfWay, planWays, type Way } from "./plan-ways.ts";
import { usableVersion } from "./server-version.ts";

/** A nats-server that runs on this machine and is new enough. */
export interface NatsServerBinary {
  readonly path: string;
  readonly version: string;
  readonly origin: "configured" | "path" | "cache" | "release" | "debian";
}

export interface FindOptions {
  /** Default: the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Default: `$LOCKSTEP_CACHE`, or `lockstep` below `$XDG_CACHE_HOME` or `~/.cache`. */
  readonly cacheFolder?: string | undefined;
  /** Told what happens, a line at a time, when it is more than finding one at hand. */
  readonly report?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a way needs while it is tried. */
export interface Search {
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Found once, a binary is not asked for its version again by this process. */
const found = new Map<string, NatsServerBinary>();

/**
 * Finds a nats-server, 2.11 or newer: `LOCKSTEP_NATS_SERVER`, then the PATH, then the cache, then the pinned release
 * by download, then, on Debian, the package of its unstable suite. Fetching has time limits, and may be done by several
 * processes at once.
 * @throws {PermanentError} NATS_SERVER_NOT_FOUND (every way failed; the hint has the remedy for each platform),
 * NATS_SERVER_UNUSABLE or NATS_SERVER_TOO_OLD (the one that `LOCKSTEP_NATS_SERVER` names)
 */
export async function findNatsServer(options: FindOptions = {}): Promise<NatsServerBinary> {
  const { env = process.env, report = () => undefined, signal = new AbortController().signal } = options;
  const { platform, arch } = process;
  const ways = planWays({ env, platform, arch, cacheFolder: options.cacheFolder ?? cacheFolder(env) });
  const key = JSON.stringify(ways);
  const before = found.get(key);
  if (before !== undefined) return before;
  const binary = await firstThatLeads(ways, { report, signal });
  found.set(key, binary);
  return binary;
}

/** Tries ways in their order. What `LOCKSTEP_NATS_SERVER` names is used or refused, never passed over. */
export async function firstThatLeads(ways: readonly Way[], search: Search): Promise<NatsServerBinary> {
  const attempts: Attempt[] = [];
  for (const way of ways) {
    search.signal.throwIfAborted();
    try {
      return await take(way, search);
    } catch (error) {
      if (way.kind === "configured" || !(error instanceof SyncError)) throw error;
      const why = error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
      attempts.push({ way: nameOfWay(way), why });
      if (error.code !== "NATS_SERVER_ABSENT") search.report(`${nameOfWay(way)}: ${error.message}`);
    }
  }
  const { message, hint } = explainNotFound(attempts, process.platform, process.arch);
  throw new PermanentError("NATS_SERVER_NOT_FOUND", message, { hint });
}

async function take(way: Way, search: Search): Promise<NatsServerBinary> {
  const { signal } = search;
  switch (way.kind) {
    case "configured":
      return { path: way.path, version: await usableVersion(way.path, signal), origin: "configured" };
    case "path":
    case "cache":
      return firstUsable(way, search);
    case "release": {
      // Loaded when needed: its HTTP client would take longer to load than a server to start.
      const { downloadRelease } = await import("./download-release.ts");
      const version = await installBinary(
        way.destination,
        (folder) => downloadRelease(folder, { ...way, ...search }),
        signal,
      );
      return { path: way.destination, version, origin: "release" };
    }
    case "debian": {
      const version = await installBinary(way.destination, (folder) => fetchDebianPackage(folder, search), signal);
      return { path: way.destination, version, origin: "debian" };
    }
    case "closed":
      break;
  }
  throw new PermanentError("NATS_SERVER_ABSENT", way.why);
}

/** A candidate that is too old or does not run is passed over with a note. */
async function firstUsable(
  way: Way & { kind: "path" | "cache" },
  { report, signal }: Search,
): Promise<NatsServerBinary> {
  const passedOver: string[] = [];
  for (const path of way.candidates) {
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!executable) continue;
    try {
      return { path, version: await usableVersion(path, signal), origin: way.kind };
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      passedOver.push(error.message);
      report(`${error.message}: passed over`);
    }
  }
  const why = passedOver.length === 0 ? "none there" : `${passedOver.join("; ")}: passed over`;
  throw new PermanentError("NATS_SERVER_ABSENT", why);
}
