import { styleText } from "node:util";
import { redact, SyncError } from "@lockstep/shared/errors";

/** What a command ends with. */
export const exitCodes = { done: 0, failed: 1, usage: 2, nothing: 3 } as const;

const usageCodes = new Set(["CONFIG_INVALID", "CONFIG_UNREADABLE", "USAGE"]);

/**
 * Says on stderr what went wrong and what to do, and returns the exit code. Only a bug shows a stack.
 */
export function reportFailure(error: unknown): number {
  if (!(error instanceof SyncError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${mark()} this is a bug in Lockstep: ${redact(stack)}\n`);
    return exitCodes.failed;
  }
  const hint = error.hint === undefined ? "" : `\n  → ${error.hint}`;
  process.stderr.write(`${mark()} ${error.message} [${error.code}]${hint}\n`);
  return usageCodes.has(error.code) ? exitCodes.usage : exitCodes.failed;
}

function mark(): string {
  return styleText("red", "error:", { stream: process.stderr });
}
