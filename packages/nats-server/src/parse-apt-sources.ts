/** One entry of apt's sources: an archive and what is taken of it. */
export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** A keyring's path, where the entry names one. */
  readonly signedBy: string | undefined;
}

/**
 * Reads a file of apt's sources, in either of its formats: deb822 (`*.sources`) or one line an entry (`*.list`).
 * Entries that are switched off or only have source packages are left out. Format: sources.list(5).
 */
export function parseAptSources(fileName: string, text: string): readonly AptSource[] {
  return fileName.endsWith(".sources") ? parseStanzas(text) : parseLines(text);
}

function parseStanzas(text: string): readonly AptSource[] {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  const stanzas = lines.join("\n").split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    const fields = fieldsOf(stanza);
    const words = (name: string): readonly string[] => wordsOf(fields.get(name) ?? "");
    if (!words("types").includes("deb") || /^(no|false|off|0)$/i.test(fields.get("enabled") ?? "yes")) return [];
    return [
      source({ uris: words("uris"), suites: words("suites"), components: words("components") }, words("signed-by")[0]),
    ];
  });
}

/** The fields of a stanza, their names in lower case; a line that begins with a blank goes on with the one before. */
function fieldsOf(stanza: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of stanza.replace(/\n[ \t]+/g, " ").split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return fields;
}

const oneLine = /^\s*deb\s+(?:\[(?<options>[^\]]*)\]\s+)?(?<uri>\S+)\s+(?<suite>\S+)(?<components>[^#]*)/;

function parseLines(text: string): readonly AptSource[] {
  return text.split("\n").flatMap((line) => {
    const { options = "", uri, suite, components = "" } = oneLine.exec(line)?.groups ?? {};
    if (uri === undefined || suite === undefined) return [];
    const signedBy = /(?:^|\s)signed-by=([^\s,]+)/i.exec(options)?.[1];
    return [source({ uris: [uri], suites: [suite], components: wordsOf(components) }, signedBy)];
  });
}

function source(entry: Omit<AptSource, "signedBy">, signedBy: string | undefined): AptSource {
  // Signed-By may also hold a key itself, or its fingerprint.
  return { ...entry, signedBy: signedBy?.startsWith("/") === true ? signedBy : undefined };
}

function wordsOf(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
