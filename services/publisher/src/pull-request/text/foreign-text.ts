/**
 * Record names, field values and error messages are foreign text: whoever may name a record at the source must not
 * be able to mention people, close issues, forge trailers or write HTML in a repository of ours.
 */

/** Control characters, line and paragraph ends, lone surrogates, and format characters but for those inside emoji. */
const invisible = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|(?![\u200c\u200d])\p{Cf}/gu;

/** One line of visible characters, at most `limit` of them; what was invisible stands there as `\u000a`. */
export function plainLine(text: string, limit = 200): string {
  // Twice as many UTF-16 units as wanted hold at least the wanted characters.
  const visible = text.slice(0, limit * 2).replace(invisible, (one) => escapeCharacter(one));
  const characters = Array.from(visible);
  const whole = characters.length <= limit && text.length <= limit * 2;
  return whole ? visible : `${characters.slice(0, limit - 1).join("")}…`;
}

/** A Markdown code span: inside it GitHub resolves no mention, no reference and no HTML. */
export function codeSpan(text: string, limit?: number): string {
  const line = plainLine(text, limit);
  if (line.trim() === "") return "(empty)";
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const space = /^[` ]|[` ]$/.test(line) ? " " : "";
  return `${fence}${space}${line}${space}${fence}`;
}

/**
 * A line for a commit message or a title. GitHub finds mentions, issues and closing words there without any markup:
 * a zero-width space takes their meaning, and nothing else changes.
 */
export function commitLine(text: string, limit?: number): string {
  return plainLine(text, limit)
    .replaceAll(/@(?=[\w-])/g, "@\u200b")
    .replaceAll(/#(?=\d)/g, "#\u200b")
    .replaceAll(/\bGH-(?=\d)/gi, (prefix) => `${prefix}\u200b`)
    .replaceAll(/\b(https?):\/\//gi, "$1:\u200b//");
}

/** Prose for a Markdown body, where no code span fits: nothing in it is markup. */
export function markdownProse(text: string, limit?: number): string {
  return commitLine(text, limit).replaceAll(/[\\`*_[\]<>&|~#]/g, String.raw`\$&`);
}

function escapeCharacter(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}
