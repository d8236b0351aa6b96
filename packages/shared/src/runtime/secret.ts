import { inspect } from "node:util";

const known = new Set<string>();
const hidden = "[secret]";

/** Shapes of credentials that may reach us in foreign text, whoever put them there. */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@'"]+@/gi, `$1${hidden}@`],
  [/\b(gh[opusr]|github_pat|glpat|xox[abps])[_-][\w-]{10,}/g, hidden],
  [/\b(authorization:\s*)?(basic|bearer|token)\s+[\w.~+/=-]{8,}/gi, hidden],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, hidden],
];

/** A value that never shows itself: printed, logged, inspected or serialised it is `[secret]` (I9). */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    if (value.length >= 6) known.add(value);
  }

  /** The value, for the one place that sends it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [inspect.custom](): string {
    return hidden;
  }
}

/** Text without any secret this process has seen, or anything shaped like one (I9). */
export function redact(text: string): string {
  let clean = text;
  for (const value of known) clean = clean.replaceAll(value, hidden);
  for (const [shape, replacement] of shapes) clean = clean.replace(shape, replacement);
  return clean;
}
