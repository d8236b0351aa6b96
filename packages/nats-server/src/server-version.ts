import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { PermanentError } from "@lockstep/shared/errors";
import semver from "semver";

/** Before 2.11 a key's TTL is accepted and ignored, so that a lease never ends. */
const oldestUsable = "2.11.0";

const answersWithinMs = 5_000;

/**
 * Asks a binary which version it is, and refuses one that is too old.
 * @throws {PermanentError} NATS_SERVER_UNUSABLE (it cannot be run), NATS_SERVER_TOO_OLD
 */
export async function usableVersion(path: string, signal: AbortSignal): Promise<string> {
  const version = parseServerVersion(await printedVersion(path, signal));
  if (version === undefined) {
    throw new PermanentError("NATS_SERVER_UNUSABLE", `${path} does not say which nats-server it is`);
  }
  if (!isUsableVersion(version)) {
    const hint = "Install nats-server 2.11 or newer, or unset LOCKSTEP_NATS_SERVER: Lockstep then finds or fetches one";
    throw new PermanentError("NATS_SERVER_TOO_OLD", `${path} is ${version}, older than 2.11`, { hint });
  }
  return version;
}

/** The version in what `nats-server --version` prints. */
export function parseServerVersion(printed: string): string | undefined {
  return semver.valid(/nats-server: (\S+)/.exec(printed)?.[1] ?? null) ?? undefined;
}

/** Whether a version has what Lockstep needs. */
export function isUsableVersion(version: string): boolean {
  return semver.gte(version, oldestUsable);
}

async function printedVersion(path: string, signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(path, ["--version"], { signal, timeout: answersWithinMs });
    return stdout;
  } catch (cause) {
    signal.throwIfAborted();
    const why = cause instanceof Error ? cause.message.split("\n", 1)[0] : String(cause);
    throw new PermanentError("NATS_SERVER_UNUSABLE", `${path} cannot be run: ${why}`, {
      cause,
      hint: "Give the path of an executable nats-server built for this machine",
    });
  }
}
