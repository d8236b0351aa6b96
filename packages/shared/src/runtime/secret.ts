import { inspect } from "node:util";

/** What to look for in text, the longest first: a secret may be part of another. */
let known: readonly string[] = [];
const hidden = "[secret]";

/**
 * Shapes of credentials that may reach us in foreign text, whoever put them there. A quote ends each: in a line
 * of JSON only the string it stands in is touched. "token" and the like before an ordinary word hide nothing.
 */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/'"]+@/gi, `$1${hidden}@`],
  [/\b(gh[opusr]|github_pat|glpat|xox[abps])[_-][\w-]{10,}/g, hidden],
  [/\bauthorization:\s*(basic|bearer|token)?\s*[\w.~+/=-]{8,}/gi, hidden],
  [/\b(basic|bearer|token)\s+(?=[\w.~+/=-]*\d|[\w.~+/=-]{20})[\w.~+/=-]{8,}/gi, hidden],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*?(-----END [A-Z ]*PRIVATE KEY-----|(?="|$))/g, hidden],
];

/** A value that never shows itself: printed, logged, inspected or serialised it is `[secret]` (I9). */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    if (value.length >= 6) hide(value);
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

/** A secret may stand in a log line as JSON spells it, and in an address as a URL does. */
function hide(value: string): void {
  const spellings = [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)];
  known = [...new Set([...known, ...spellings])].toSorted((one, other) => other.length - one.length);
}

/** Text without any secret this process has seen, or anything shaped like one (I9). */
export function redact(text: string): string {
  let clean = text;
  for (const value of known) clean = clean.replaceAll(value, hidden);
  for (const [shape, replacement] of shapes) clean = clean.replace(shape, replacement);
  return clean;
}
