import { createLog, type Log } from "../runtime/log.ts";

export interface MemoryLog {
  readonly log: Log;
  /** Every line so far, parsed. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** Every line so far, as it was written. */
  readonly text: () => string;
}

/** A log that is read instead of printed. */
export function memoryLog(service = "test"): MemoryLog {
  const lines: Readonly<Record<string, unknown>>[] = [];
  let text = "";
  const log = createLog(service, {
    write(line) {
      text += line;
      lines.push(JSON.parse(line) as Readonly<Record<string, unknown>>);
    },
  });
  return { log, lines, text: () => text };
}
