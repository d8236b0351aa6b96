import pretty from "pino-pretty";
import { pino, type DestinationStream, type Logger } from "pino";
import { SyncError } from "./errors.ts";
import { redact, Secret } from "./secret.ts";

/** JSON lines: fields first, then a fixed message. */
export type Log = Logger;

/**
 * A log that hides secrets in every string it is given (I9): readable lines on a terminal, JSON in a pipe or with
 * LOCKSTEP_LOG_FORMAT=json. The level is LOCKSTEP_LOG_LEVEL, `info` by default.
 */
export function createLog(service: string, destination: DestinationStream = usualDestination()): Log {
  const options = {
    base: { service },
    level: process.env["LOCKSTEP_LOG_LEVEL"] ?? "info",
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: describeError, err: describeError },
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: redact },
  };
  return pino(options, destination);
}

function usualDestination(): DestinationStream {
  const isForPeople = process.stdout.isTTY && process.env["LOCKSTEP_LOG_FORMAT"] !== "json";
  if (!isForPeople) return pino.destination(1);
  return pretty({ sync: true, translateTime: "SYS:HH:MM:ss", messageFormat: "{service}: {msg}", ignore: "service" });
}

/** An error as fields. A failure that is no bug needs no stack to be understood. */
function describeError(error: unknown): unknown {
  if (error instanceof SyncError)
    return { code: error.code, message: error.message, hint: error.hint, cause: wordsOf(error.cause) };
  if (error instanceof Error) return { message: redact(error.message), stack: redact(error.stack ?? "") };
  return error instanceof Secret ? String(error) : error;
}

function wordsOf(cause: unknown): string | undefined {
  return cause instanceof Error ? redact(cause.message) : undefined;
}
